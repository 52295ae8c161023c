// Google's Gen AI SDK for Node.
import { GoogleGenAI } from '@google/genai';
import { runAll } from './harness.mjs';

const clientOf = ({ url, token }) => new GoogleGenAI({ apiKey: token, httpOptions: { baseUrl: url } });

function requestOf({ scenario, prompt, signal }) {
  return {
    model: 'm',
    contents: prompt,
    config: {
      abortSignal: signal,
      ...(scenario === 'tools' && { tools: [{ functionDeclarations: [{ name: 'lookup', parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } } } }] }] }),
      ...(scenario === 'reasoning' && { thinkingConfig: { includeThoughts: true } }),
      ...(scenario === 'choices' && { candidateCount: 2 }),
      ...(scenario === 'json' && { responseMimeType: 'application/json' }),
    },
  };
}

function see(ask, answer) {
  ask.details(answer);
  for (const { index = 0, content, finishReason, finishMessage } of answer.candidates ?? []) {
    for (const part of content?.parts ?? []) {
      if (part.functionCall) {
        ask.seen.tools.push(`${part.functionCall.name}(${JSON.stringify(part.functionCall.args)})`);
      } else if (part.thought) {
        ask.seen.reasoning += part.text;
      } else {
        ask.text(part.text, index);
      }
    }

    if (finishReason) {
      ask.seen.finish.push(finishReason);
      ask.seen.refusal += finishMessage ?? '';
    }
  }
}

async function stream(ask) {
  for await (const answer of await clientOf(ask).models.generateContentStream(requestOf(ask))) {
    see(ask, answer);
  }
}

async function whole(ask) {
  see(ask, await clientOf(ask).models.generateContent(requestOf(ask)));
}

await runAll({ 'genai-node': { default: stream, json: whole } });
