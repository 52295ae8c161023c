// Ollama's Node SDK. It sends no token of its own: the caller's goes into its headers.
import { Ollama } from 'ollama';
import { runAll } from './harness.mjs';

const clientOf = ({ url, token }) => new Ollama({ host: url.replace(/\/$/, ''), headers: { Authorization: `Bearer ${token}` } });
const tools = [{ type: 'function', function: { name: 'lookup', description: 'Looks up.', parameters: { type: 'object', properties: { city: { type: 'string', description: 'Where.' } } } } }];

function requestOf({ scenario, prompt }) {
  return {
    model: 'm',
    messages: [{ role: 'user', content: prompt }],
    ...(scenario === 'tools' && { tools }),
    ...(scenario === 'reasoning' && { think: true }),
    ...(scenario === 'json' && { format: 'json' }),
  };
}

function see(ask, answer) {
  ask.seen.reasoning += answer.message.thinking ?? '';
  ask.seen.tools.push(...(answer.message.tool_calls ?? []).map((call) => `${call.function.name}(${JSON.stringify(call.function.arguments)})`));
  ask.details(answer);
  ask.seen.refusal += answer.refusal ?? '';
  if (answer.done_reason) {
    ask.seen.finish.push(answer.done_reason);
  }

  ask.text(answer.message.content);
}

async function stream(ask) {
  const client = clientOf(ask);
  ask.signal.addEventListener('abort', () => client.abort());
  for await (const answer of await client.chat({ ...requestOf(ask), stream: true })) {
    see(ask, answer);
  }
}

async function whole(ask) {
  see(ask, await clientOf(ask).chat(requestOf(ask)));
}

await runAll({ 'ollama-node chat': { default: stream, json: whole, choices: null } });
