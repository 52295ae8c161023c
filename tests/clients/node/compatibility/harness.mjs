// What the drivers share: runs every scenario of every client of one SDK, all at once, in one process, and prints one JSON
// line: a list of what a user of the SDK sees.
// Usage: node DRIVER.mjs '[{"name": "release", "url": "http://.../", "token": "...", "stopped": "http://.../stopped", "prompt": "..."}]'

// Counts what each client sends for each scenario, and so shows whether it retried. Its SDK does not know.
const requests = new Map();
const send = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const body = input instanceof Request ? await input.clone().text() : String(init?.body ?? '');
  const key = /\[client=[^\]]+ scenario=\S+\]/.exec(body)?.[0];
  requests.set(key, (requests.get(key) ?? 0) + 1);
  return send(input, init);
};

const longest = 40_000;

/** Who the error says it is, and what it says where a program can read it. */
function describe(error) {
  const status = [error?.status, error?.statusCode, error?.status_code].find(Number.isInteger);
  return {
    name: error?.constructor?.name ?? typeof error,
    status,
    code: codeOf(error),
    opens: saysWhatOpens([error?.error, error?.data, error?.responseBody, String(error?.message ?? '')]),
    message: String(error?.message ?? error).slice(0, 200),
  };
}

/** Whether a program can read there which credential is missing. */
const saysWhatOpens = (place) => (JSON.stringify(place) ?? '').includes('security-professional');

function codeOf(error) {
  const places = [error, error?.error, error?.error?.error, error?.data?.error, error?.lc_error];
  const found = places.map((place) => place?.code).find((code) => typeof code === 'string');
  if (found) {
    return found;
  }

  // The body as text, where that is all that the SDK hands on.
  return /"(?:code|reason)"\s*:\s*"([a-z_]+)"/.exec(`${error?.responseBody ?? ''} ${error?.message ?? ''}`)?.[1];
}

/** @param clients name -> scenario name, or `default` -> async (ask) => void; ask has url, token, prompt, signal, seen. */
export async function runAll(clients) {
  const scenarios = JSON.parse(process.argv[2]);
  const runs = Object.entries(clients).flatMap(([client, ways]) =>
    scenarios
      .filter(({ name }) => ways[name] !== null)
      .map((scenario) => run(client, ways[scenario.name] ?? ways.default, scenario)),
  );
  const line = JSON.stringify(await Promise.all(runs));
  process.stdout.write(`${line}\n`, () => process.exit(0));
}

async function run(client, way, { name, url, token, stopped, prompt }) {
  const tag = `[client=${client} scenario=${name}]`;
  const abort = new AbortController();
  const seen = { client, scenario: name, texts: [], reasoning: '', refusal: '', tools: [], finish: [] };
  const ask = {
    url, token, scenario: name, seen, signal: abort.signal,
    prompt: `${tag} ${prompt}`,
    text: (piece, choice = 0) => {
      seen.texts[choice] = (seen.texts[choice] ?? '') + piece;
      if (name === 'abort' && seen.texts[choice].length > 0) {
        abort.abort();
      }
    },
    details: (place) => {
      seen.opens ||= saysWhatOpens(place);
    },
    fail: (how, error) => Object.assign(seen, { ended: how, error: describe(error) }),
  };
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve('late'), longest);
  });
  try {
    if ((await Promise.race([way(ask), late])) === 'late') {
      seen.ended = 'hangs';
    }
  } catch (error) {
    if (seen.error) {
      seen.thenThrows = true;
    } else {
      ask.fail('throws', error);
    }
  }

  clearTimeout(timer);
  if (name === 'abort') {
    // As long as this process lives, only the SDK can have ended it.
    seen.stopped = await (await send(stopped, { method: 'POST', body: tag })).json();
  }

  return { ...seen, requests: requests.get(tag) ?? 0 };
}
