// Anthropic's Node SDK: messages as an iterator and by its helper.
import Anthropic from '@anthropic-ai/sdk';
import { runAll } from './harness.mjs';

const clientOf = ({ url, token }) => new Anthropic({ apiKey: token, baseURL: url });
const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };

function requestOf({ scenario, prompt }) {
  return {
    model: 'm',
    max_tokens: 2048,
    messages: [{ role: 'user', content: prompt }],
    ...(scenario === 'tools' && { tools: [{ name: 'lookup', input_schema: schema }] }),
    ...(scenario === 'reasoning' && { thinking: { type: 'enabled', budget_tokens: 1024 } }),
    ...(scenario === 'json' && { output_config: { format: { type: 'json_schema', schema } } }),
  };
}

function seeMessage(ask, message) {
  for (const block of message.content) {
    ask.seen.reasoning += block.type === 'thinking' ? block.thinking : '';
    if (block.type === 'text') {
      ask.text(block.text);
    } else if (block.type === 'tool_use') {
      ask.seen.tools.push(`${block.name}(${JSON.stringify(block.input)})`);
    }
  }

  ask.details(message.stop_details);
  ask.seen.refusal += message.stop_details?.explanation ?? '';
  ask.seen.finish.push(message.stop_reason);
}

async function whole(ask) {
  seeMessage(ask, await clientOf(ask).messages.create(requestOf(ask)));
}

async function iterator(ask) {
  const calls = [];
  const stream = await clientOf(ask).messages.create({ ...requestOf(ask), stream: true }, { signal: ask.signal });
  for await (const event of stream) {
    if (event.type === 'content_block_start' && event.content_block.type === 'tool_use') {
      calls[event.index] = { name: event.content_block.name, input: '' };
    } else if (event.type === 'content_block_delta') {
      const { delta } = event;
      ask.text(delta.text ?? '');
      ask.seen.reasoning += delta.thinking ?? '';
      if (delta.type === 'input_json_delta') {
        calls[event.index].input += delta.partial_json;
      }
    } else if (event.type === 'message_delta') {
      ask.details(event.delta.stop_details);
      ask.seen.refusal += event.delta.stop_details?.explanation ?? '';
      ask.seen.finish.push(event.delta.stop_reason);
    }
  }

  ask.seen.tools = calls.filter(Boolean).map((call) => `${call.name}(${call.input})`);
}

async function helper(ask) {
  const stream = clientOf(ask).messages.stream(requestOf(ask), { signal: ask.signal });
  stream.on('text', (piece) => ask.text(piece));
  const message = await stream.finalMessage();
  seeMessage({ ...ask, text: () => {} }, message);
}

await runAll({
  'anthropic-node messages': { default: iterator, json: whole, choices: null },
  'anthropic-node messages helper': { default: helper, json: null, choices: null },
});
