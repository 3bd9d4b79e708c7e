// Makes k6 ask the requests of one load, judge every answer, and print what it measured as one line of JSON.
// LOAD in its environment: url, connections, seconds, timeout, rate (null for the closed model), and the requests.

import http from "k6/http";
import { Counter, Trend } from "k6/metrics";

const load = JSON.parse(__ENV.LOAD);
const turns = load.requests.flatMap((request) => Array(request.weight).fill(request));
let turn = __VU;

const right = new Trend("right", true);
const counters = {};
for (const kind of ["connect", "reset", "time-out", "status", "body"]) {
  counters[kind] = new Counter(kind.replace("-", "_"));
}

const ends = { gracefulStop: `${load.timeout + 1}s` };
const closed = { executor: "constant-vus", vus: load.connections, duration: `${load.seconds * 1000}ms`, ...ends };
const open = {
  executor: "constant-arrival-rate",
  rate: Math.round(load.rate * 1000), // a whole number, so of thousands of seconds
  timeUnit: "1000s",
  duration: `${load.seconds * 1000}ms`,
  preAllocatedVUs: load.connections,
  maxVUs: load.connections,
  ...ends,
};

export const options = {
  scenarios: { load: load.rate ? open : closed },
  summaryTrendStats: ["count", "avg", "med", "p(90)", "p(99)", "p(99.9)", "max"],
  insecureSkipTLSVerify: true,
};

export default function () {
  const request = turns[turn++ % turns.length];
  const headers = request.body === null ? {} : { "Content-Type": "text/plain" };
  const answer = http.request(request.method, load.url + request.path, request.body, {
    headers,
    redirects: 0,
    timeout: load.timeout * 1000,
    responseType: request.expected === null ? "none" : "text",
  });
  const fault = judged(answer, request);
  if (fault) {
    counters[fault].add(1);
  } else {
    const { blocked, connecting, tls_handshaking, duration } = answer.timings;
    right.add(blocked + connecting + tls_handshaking + duration);
  }
}

// its error codes: https://grafana.com/docs/k6/latest/javascript-api/error-codes/
function judged(answer, request) {
  if (answer.status === 0) {
    if (answer.error_code === 1050) return "time-out";
    return answer.error_code >= 1210 && answer.error_code < 1220 ? "connect" : "reset";
  }
  if (answer.status !== request.status) return "status";
  return request.expected !== null && request.method !== "HEAD" && answer.body !== request.expected ? "body" : null;
}

export function handleSummary(data) {
  return { stdout: JSON.stringify(data) + "\n" };
}
