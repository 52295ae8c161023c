// Drives OpenAI's Node SDK, unmodified but for the base URL, and prints one JSON line that says what it saw.
// Usage: node chat.mjs stream|create|models BASE_URL TOKEN [MODEL PROMPT]
import OpenAI from 'openai';

const [mode, baseURL, apiKey, model, prompt] = process.argv.slice(2);
let requests = 0;
const client = new OpenAI({
  apiKey,
  baseURL,
  // Counting what the SDK sends shows whether it retried.
  fetch: (url, init) => {
    requests += 1;
    return fetch(url, init);
  },
});
const messages = [{ role: 'user', content: prompt }];

async function ask() {
  if (mode === 'create') {
    const { choices, usage } = await client.chat.completions.create({ model, messages });
    return { text: choices[0].message.content, finish: choices[0].finish_reason, tokens: usage.total_tokens };
  }

  const stream = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
  const completion = await stream.finalChatCompletion();
  const choice = completion.choices[0];
  return { text: choice.message.content, finish: choice.finish_reason, tokens: completion.usage?.total_tokens };
}

async function models() {
  const page = await client.models.list();
  return { models: page.data.map((entry) => entry.id) };
}

try {
  console.log(JSON.stringify({ ...(mode === 'models' ? await models() : await ask()), requests }));
} catch (error) {
  if (!(error instanceof OpenAI.APIError)) {
    throw error;
  }

  const { status, code, type, param, message, error: body } = error;
  console.log(JSON.stringify({ thrown: error.constructor.name, status, code, type, param, message, body, requests }));
}
