// OpenAI's Node SDK: chat completions as an iterator and by its helper, and responses.
import OpenAI from 'openai';
import { runAll } from './harness.mjs';

const clientOf = ({ url, token }) => new OpenAI({ apiKey: token, baseURL: `${url}v1` });
const tools = [{ type: 'function', function: { name: 'lookup', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }];

function chatRequest({ scenario, prompt }) {
  return {
    model: 'm',
    messages: [{ role: 'user', content: prompt }],
    ...(scenario === 'tools' && { tools }),
    ...(scenario === 'choices' && { n: 2 }),
    ...(scenario === 'json' && { response_format: { type: 'json_object' } }),
  };
}

function seeMessage(ask, { message, finish_reason, index, refusal_details }) {
  ask.details(refusal_details);
  ask.seen.reasoning += message.reasoning_content ?? '';
  ask.seen.refusal += message.refusal ?? '';
  ask.text(message.content ?? '', index);
  ask.seen.tools.push(...(message.tool_calls ?? []).map((call) => `${call.function.name}(${call.function.arguments})`));
  ask.seen.finish.push(finish_reason);
}

async function chatWhole(ask) {
  const { choices } = await clientOf(ask).chat.completions.create(chatRequest(ask), { signal: ask.signal });
  choices.forEach((choice) => seeMessage(ask, choice));
}

async function chatIterator(ask) {
  const calls = [];
  const stream = await clientOf(ask).chat.completions.create({ ...chatRequest(ask), stream: true }, { signal: ask.signal });
  for await (const chunk of stream) {
    for (const { delta, index, finish_reason, refusal_details } of chunk.choices) {
      ask.details(refusal_details);
      ask.seen.reasoning += delta.reasoning_content ?? '';
      ask.seen.refusal += delta.refusal ?? '';
      for (const call of delta.tool_calls ?? []) {
        calls[call.index] ??= { name: '', arguments: '' };
        calls[call.index].name += call.function.name ?? '';
        calls[call.index].arguments += call.function.arguments ?? '';
      }

      ask.text(delta.content ?? '', index);
      if (finish_reason) {
        ask.seen.finish.push(finish_reason);
      }
    }
  }

  ask.seen.tools = calls.map((call) => `${call.name}(${call.arguments})`);
}

async function chatHelper(ask) {
  const stream = clientOf(ask).chat.completions.stream(chatRequest(ask), { signal: ask.signal });
  if (ask.scenario !== 'choices') {
    // The helper tells the text of the first choice only.
    stream.on('content', (piece) => ask.text(piece));
  }

  const { choices } = await stream.finalChatCompletion();
  choices.forEach((choice) => seeMessage(ask.scenario === 'choices' ? ask : { ...ask, text: () => {} }, choice));
}

function responsesRequest({ scenario, prompt }) {
  return {
    model: 'm',
    input: prompt,
    store: false,
    ...(scenario === 'tools' && { tools: [{ type: 'function', strict: false, ...tools[0].function }] }),
    ...(scenario === 'json' && { text: { format: { type: 'json_object' } } }),
  };
}

function seeResponse(ask, response) {
  ask.details(response.metadata);
  ask.seen.finish.push(response.incomplete_details?.reason ?? response.status);
  for (const item of response.output) {
    if (item.type === 'function_call') {
      ask.seen.tools.push(`${item.name}(${item.arguments})`);
    }

    const refusals = item.type === 'message' ? item.content.filter((part) => part.type === 'refusal') : [];
    ask.seen.refusal += refusals.map((part) => part.refusal).join('');
  }
}

async function responsesIterator(ask) {
  const stream = await clientOf(ask).responses.create({ ...responsesRequest(ask), stream: true }, { signal: ask.signal });
  for await (const event of stream) {
    if (event.type === 'response.output_text.delta') {
      ask.text(event.delta);
    } else if (event.type === 'response.reasoning_summary_text.delta') {
      ask.seen.reasoning += event.delta;
    } else if (['response.completed', 'response.incomplete', 'response.failed'].includes(event.type)) {
      seeResponse(ask, event.response);
    }
  }
}

async function responsesWhole(ask) {
  const response = await clientOf(ask).responses.create(responsesRequest(ask));
  ask.text(response.output_text);
  seeResponse(ask, response);
}

async function responsesHelper(ask) {
  const stream = clientOf(ask).responses.stream(responsesRequest(ask), { signal: ask.signal });
  stream.on('response.output_text.delta', ({ delta }) => ask.text(delta));
  stream.on('response.reasoning_summary_text.delta', ({ delta }) => {
    ask.seen.reasoning += delta;
  });
  seeResponse(ask, await stream.finalResponse());
}

await runAll({
  'openai-node chat': { default: chatIterator, json: chatWhole },
  'openai-node chat helper': { default: chatHelper, json: null },
  'openai-node responses': { default: responsesIterator, json: responsesWhole, choices: null },
  'openai-node responses helper': { default: responsesHelper, json: null, choices: null },
});
