// A stock OAuth client (openid-client) that is asked for a stronger login: it asks the gateway, follows the challenge of
// RFC 9470 to the provider, and asks again. The login form is filled in as a browser would.
// Usage: node step-up.mjs ISSUER CLIENT_ID REDIRECT_URI RESOURCE GATEWAY ACCOUNT PROMPT; prints one JSON line.
import * as oauth from 'openid-client';

const [issuer, clientId, redirectUri, resource, gateway, account, prompt] = process.argv.slice(2);
const config = await oauth.discovery(new URL(issuer), clientId, undefined, oauth.None(), { execute: [oauth.allowInsecureRequests] });
const cookies = new Map();

async function browse(url, init = {}) {
  const response = await fetch(url, { redirect: 'manual', ...init, headers: { ...init.headers, cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } });
  for (const line of response.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    cookies.set(name, value);
  }

  return response;
}

// Follows the provider until it leads back; a form is answered with the account, and with the method that the form proposes.
async function throughTheProvider(url) {
  for (;;) {
    const response = await browse(url);
    const location = response.headers.get('location');
    if (location) {
      url = new URL(location, url);
      if (url.href.startsWith(redirectUri)) {
        return url;
      }

      continue;
    }

    const page = await response.text();
    const method = page.includes('value="phr" selected') ? 'phr' : 'pwd';
    const action = new URL(/action="([^"]+)"/.exec(page)[1], url);
    const sent = await browse(action, { method: 'POST', body: new URLSearchParams({ account, acr: method }) });
    url = new URL(sent.headers.get('location'), action);
  }
}

async function login(more = {}) {
  const verifier = oauth.randomPKCECodeVerifier();
  const state = oauth.randomState();
  const url = oauth.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri, scope: 'openid', resource, state, ...more,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  });
  const back = await throughTheProvider(url);
  const tokens = await oauth.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state }, { resource });
  return tokens.access_token;
}

async function ask(token) {
  const response = await fetch(new URL('/v1/chat/completions', gateway), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: prompt }] }),
  });
  return { status: response.status, challenge: response.headers.get('www-authenticate'), body: await response.json() };
}

const first = await ask(await login());
const values = /acr_values="([^"]+)"/.exec(first.challenge ?? '')?.[1];
const token = values ? await login({ acr_values: values }) : undefined;
const second = token ? await ask(token) : undefined;
console.log(JSON.stringify({ first, second, token }));
