// LangChain's client for OpenAI's chat completions.
import { ChatOpenAI } from '@langchain/openai';
import { runAll } from './harness.mjs';

const tools = [{ type: 'function', function: { name: 'lookup', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }];
const modelOf = ({ url, token }, more = {}) => new ChatOpenAI({ model: 'm', apiKey: token, configuration: { baseURL: `${url}v1` }, ...more });

function see(ask, message) {
  ask.seen.tools = (message.tool_calls ?? []).map((call) => `${call.name}(${JSON.stringify(call.args)})`);
  ask.details([message.additional_kwargs, message.response_metadata]);
  ask.seen.refusal += message.additional_kwargs?.refusal ?? '';
  ask.seen.reasoning += message.additional_kwargs?.reasoning_content ?? '';
  if (message.response_metadata?.finish_reason) {
    ask.seen.finish.push(message.response_metadata.finish_reason);
  }
}

async function stream(ask) {
  let all;
  const options = { signal: ask.signal, ...(ask.scenario === 'tools' && { tools }) };
  for await (const chunk of await modelOf(ask).stream(ask.prompt, options)) {
    all = all ? all.concat(chunk) : chunk;
    ask.text(chunk.text);
  }

  see(ask, all);
}

async function whole(ask) {
  const message = await modelOf(ask).invoke(ask.prompt, { response_format: { type: 'json_object' } });
  ask.text(message.text);
  see(ask, message);
}

async function choices(ask) {
  const { generations } = await modelOf(ask, { n: 2 }).generate([[{ role: 'user', content: ask.prompt }]]);
  generations[0].forEach(({ text, generationInfo }, index) => {
    ask.text(text, index);
    ask.seen.finish.push(generationInfo?.finish_reason);
  });
}

await runAll({ 'langchain chat': { default: stream, json: whole, choices } });
