// Drives Anthropic's Node SDK, unmodified but for the base URL, and prints one JSON line that says what it saw.
// Usage: node messages.mjs stream|raw|create|count|models BASE_URL TOKEN [MODEL PROMPT]
import Anthropic from '@anthropic-ai/sdk';

const [mode, baseURL, apiKey, model, prompt] = process.argv.slice(2);
let requests = 0;
const client = new Anthropic({
  apiKey,
  baseURL,
  // Counting what the SDK sends shows whether it retried.
  fetch: (url, init) => {
    requests += 1;
    return fetch(url, init);
  },
});
const request = { model, max_tokens: 64, messages: [{ role: 'user', content: prompt }] };

function seen({ content, stop_reason, stop_details, usage }) {
  const text = content.filter((block) => block.type === 'text').map((block) => block.text).join('');
  return { text, finish: stop_reason, details: stop_details, tokens: usage.output_tokens };
}

const modes = {
  create: async () => seen(await client.messages.create(request)),
  stream: async () => seen(await client.messages.stream(request).finalMessage()),
  count: async () => ({ tokens: (await client.messages.countTokens({ model, messages: request.messages })).input_tokens }),
  models: async () => {
    const models = [];
    for await (const entry of client.models.list()) {
      models.push(entry.id);
    }

    return { models };
  },
  raw: async () => {
    const events = [];
    for await (const event of await client.messages.create({ ...request, stream: true })) {
      events.push(event.type);
    }

    return { events };
  },
};

try {
  console.log(JSON.stringify({ ...(await modes[mode]()), requests }));
} catch (error) {
  if (!(error instanceof Anthropic.APIError)) {
    throw error;
  }

  const { status, type, requestID, message, error: body } = error;
  console.log(JSON.stringify({ thrown: error.constructor.name, status, type, requestID, message, body, requests }));
}
