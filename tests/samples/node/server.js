// Converts amounts of money: GET /convert?from=EUR&to=USD&amount=100, with rates that are remembered for a while.
import { createServer } from "node:http";
import { createClient } from "redis";

const RATES = `http://${process.env.RATES_HOST ?? "rates"}:8080`; // this upstream's port is the same everywhere
const SECONDS = 30;
const CURRENCY = /^[A-Z]{3}$/;

class Problem extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const cache = createClient({
  url: process.env.REDIS_URL,
  disableOfflineQueue: true,
  socket: { connectTimeout: 1000, reconnectStrategy: 250 },
});
cache.on("error", (error) => console.error(`cache: ${error.message || error.code}`));
cache.connect().catch(() => {}); // said by the listener above, and tried again

async function rate(from, to) {
  const key = `rate:${from}:${to}`;
  const known = await cache.get(key);
  if (known) return { rate: Number(known), cached: true };
  const fresh = await ask(`${RATES}/rates/${from}/${to}`);
  await cache.set(key, String(fresh), { EX: SECONDS });
  return { rate: fresh, cached: false };
}

async function ask(url) {
  let answer;
  try {
    answer = await fetch(url, { signal: AbortSignal.timeout(1000) });
  } catch (error) {
    if (error.name === "TimeoutError") throw new Problem(504, "rates did not answer within 1 s");
    throw new Problem(502, `rates cannot be reached: ${error.cause?.code ?? error.message}`);
  }
  const body = await answer.json().catch(() => ({}));
  if (answer.status === 404) throw new Problem(422, body.detail ?? "there is no such rate");
  if (!answer.ok || typeof body.rate !== "number") throw new Problem(502, `rates answered ${answer.status} without a rate`);
  return body.rate;
}

async function convert(query) {
  const [from, to, amount] = [query.get("from"), query.get("to"), Number(query.get("amount") ?? 1)];
  if (!CURRENCY.test(from) || !CURRENCY.test(to)) throw new Problem(422, "'from' and 'to' must be currencies, as in EUR");
  if (!Number.isFinite(amount)) throw new Problem(422, "'amount' must be a number");
  const found = await rate(from, to);
  return { from, to, amount, result: Math.round(amount * found.rate * 100) / 100, ...found };
}

async function answer(request) {
  const url = new URL(request.url, "http://converter");
  if (request.method !== "GET") throw new Problem(405, "only GET");
  if (url.pathname === "/health") return { status: "ok", cache: await cache.ping() };
  if (url.pathname === "/convert") return convert(url.searchParams);
  throw new Problem(404, `there is nothing at ${url.pathname}`);
}

const server = createServer(async (request, response) => {
  let status = 200;
  let body;
  try {
    body = await answer(request);
  } catch (error) {
    status = error.status ?? 503;
    body = { error: error.message };
  }
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  console.log(`${request.method} ${request.url} ${status}`);
});

process.on("SIGTERM", () => server.close(() => process.exit(0))); // requests under way end first

const host = process.env.HOST ?? "127.0.0.1";
const port = Number(process.env.PORT ?? 3000);
server.listen(port, host, () => console.log(`listening on http://${host}:${port}`));
