// Vercel's AI SDK with its providers for four protocols. Its user reads the parts of a full stream; errors are parts, too.
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, jsonSchema, Output, streamText, tool } from 'ai';
import { runAll } from './harness.mjs';

globalThis.AI_SDK_LOG_WARNINGS = false;
const schema = jsonSchema({ type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false });
const thinking = { anthropic: { thinking: { type: 'enabled', budgetTokens: 1024 } }, google: { thinkingConfig: { includeThoughts: true } } };

const seeFinish = (ask, reason, raw) => ask.seen.finish.push(raw && raw !== reason ? `${reason} (${raw})` : reason);

const stream = (modelOf) => async (ask) => {
  const { fullStream } = streamText({
    model: modelOf(ask),
    prompt: ask.prompt,
    abortSignal: ask.signal,
    onError: () => {},
    ...(ask.scenario === 'tools' && { tools: { lookup: tool({ inputSchema: schema }) } }),
    ...(ask.scenario === 'reasoning' && { providerOptions: thinking }),
  });
  for await (const part of fullStream) {
    switch (part.type) {
      case 'text-delta': ask.text(part.text); break;
      case 'reasoning-delta': ask.seen.reasoning += part.text; break;
      case 'tool-call': ask.seen.tools.push(`${part.toolName}(${JSON.stringify(part.input)})`); break;
      case 'finish-step':
        ask.details(part.providerMetadata);
        ask.seen.refusal += part.providerMetadata?.anthropic?.stopDetails?.explanation ?? part.providerMetadata?.google?.finishMessage ?? '';
        break;
      case 'finish': seeFinish(ask, part.finishReason, part.rawFinishReason); break;
      case 'error': ask.fail('error part', part.error?.lastError ?? part.error); break;
      case 'abort': ask.seen.ended = 'abort part'; break;
    }
  }
};

const object = (modelOf) => async (ask) => {
  const { output, finishReason, rawFinishReason } = await generateText({ model: modelOf(ask), prompt: ask.prompt, output: Output.object({ schema }) });
  ask.text(JSON.stringify(output));
  seeFinish(ask, finishReason, rawFinishReason);
};

const openai = ({ url, token }) => createOpenAI({ apiKey: token, baseURL: `${url}v1` });
const providers = {
  'ai openai chat': (ask) => openai(ask).chat('m'),
  'ai openai responses': (ask) => openai(ask).responses('m'),
  'ai anthropic': ({ url, token }) => createAnthropic({ apiKey: token, baseURL: `${url}v1` })('m'),
  'ai google': ({ url, token }) => createGoogleGenerativeAI({ apiKey: token, baseURL: `${url}v1beta` })('m'),
};

await runAll(Object.fromEntries(
  Object.entries(providers).map(([name, modelOf]) => [name, { default: stream(modelOf), json: object(modelOf), choices: null }]),
));
