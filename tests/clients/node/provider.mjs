// A certified OpenID provider (oidc-provider) for the tests, with a login form that asks who and how. No passwords: whoever
// reaches it can be anybody, so it listens on loopback only.
// Usage: node provider.mjs SETTINGS.json, with {port, resource, accounts: {sub: {claim: value}}, clients: [...]}
// Prints 'ready', then a line for each token that it gives; ends when its standard input does.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import Provider, { interactionPolicy } from 'oidc-provider';

const { port, resource, accounts, clients } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const key = { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), kid: 'test', alg: 'ES256', use: 'sig' };
const { base, Check } = interactionPolicy;
const policy = base();
// A client that asks for a stronger method gets the form again, whatever the last login was.
policy.get('login').checks.add(new Check('acr', 'a stronger method is asked for', (ctx) => {
  const wanted = (ctx.oidc.params.acr_values ?? '').split(' ').filter(Boolean);
  return wanted.length > 0 && !wanted.includes(ctx.oidc.session.acr) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
}));

const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: { keys: [key] },
  clients,
  clientDefaults: { id_token_signed_response_alg: 'ES256', grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
  // It refuses to call anything on this machine, which is where the gateway of the tests is.
  fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  cookies: { keys: ['test'] },
  acrValues: ['pwd', 'phr'],
  scopes: ['openid', 'offline_access'],
  claims: { openid: ['sub'], acr: null, auth_time: null, sid: null },
  findAccount: (ctx, sub) => (accounts[sub] ? { accountId: sub, claims: () => ({ sub }) } : undefined),
  extraTokenClaims: (ctx, token) => {
    const { AuthorizationCode: code, DeviceCode: device, RefreshToken: refresh } = ctx.oidc.entities;
    const login = code ?? device ?? refresh;
    return { ...accounts[token.accountId], acr: login?.acr, auth_time: login?.authTime };
  },
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid offline_access');
    grant.addResourceScope(resource, 'inference');
    await grant.save();
    return grant;
  },
  issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  pkce: { required: () => true },
  ttl: { AccessToken: (ctx, token) => accounts[token.accountId].seconds ?? 600, Interaction: 600, Session: 3600, Grant: 3600, IdToken: 600 },
  interactions: { policy, url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    deviceFlow: { enabled: true },
    // The strictest that a client can meet: every proof needs a nonce.
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
    revocation: { enabled: true },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: 'inference', audience: resource, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }),
    },
  },
});

provider.on('backchannel.success', () => console.log('told of a logout'));
provider.on('backchannel.error', (ctx, error) => console.log(`could not tell of a logout: ${error.message}`));
provider.on('grant.revoked', () => console.log('revoked a grant'));
provider.on('grant.error', (ctx, error) => console.log(`refused ${ctx.oidc.params?.grant_type}: ${error.error}`));
provider.on('grant.success', (ctx) => console.log(`granted ${ctx.oidc.params.grant_type}`));

const form = (uid, acr) => `<!doctype html><html lang="en"><head><title>Log in at the provider</title></head><body><main>
<h1>Log in at the provider</h1><form method="post" action="/interaction/${uid}">
<p><label>Account <input name="account" required></label></p>
<p><label>Method <select name="acr"><option value="pwd">Password</option><option value="phr" ${acr.includes('phr') ? 'selected' : ''}>Passkey</option></select></label></p>
<p><button>Log in</button></p></form></main></body></html>`;

async function interact(request, response) {
  const { uid, params } = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') {
    response.setHeader('Content-Type', 'text/html; charset=utf-8').end(form(uid, params.acr_values ?? ''));
    return;
  }

  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }

  const fields = new URLSearchParams(Buffer.concat(chunks).toString());
  const account = fields.get('account');
  // Native clients want to be agreed to each time, which here is done by logging in.
  const result = accounts[account] ? { login: { accountId: account, acr: fields.get('acr'), amr: [fields.get('acr')] }, consent: {} } : { error: 'access_denied' };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const serve = provider.callback();
const server = createServer((request, response) => {
  if (request.url.startsWith('/interaction/')) {
    interact(request, response).catch((error) => response.writeHead(400).end(error.message));
  } else {
    serve(request, response);
  }
});
server.listen(port, '127.0.0.1', () => console.log('ready'));
process.stdin.resume().on('end', () => process.exit(0));
