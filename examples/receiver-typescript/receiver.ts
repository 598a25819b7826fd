// Receives decisions: verifies each signature and acts on each decision once, across restarts.

import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

interface Decision {
  id: string;
  decision: "approved" | "edited" | "rejected" | "expired";
  final_text: string | null;
  decider: string;
  latency_ms: number;
}

const { CORE_DECISION_WEBHOOK_SIGNING_KEY, RECEIVER_PORT, RECEIVER_DATABASE } = process.env;
const webhook = new Webhook(CORE_DECISION_WEBHOOK_SIGNING_KEY ?? "whsec_ZGV2ZWxvcG1lbnQtb25seS1zaWduaW5nLWtleQ==");
const database = new DatabaseSync(RECEIVER_DATABASE ?? "decisions.db");
database.exec("CREATE TABLE IF NOT EXISTS seen (webhook_id TEXT PRIMARY KEY)");
const remember = database.prepare("INSERT OR IGNORE INTO seen VALUES (?)");

function verified(body: string, headers: IncomingHttpHeaders): Decision | undefined {
  try {
    return webhook.verify(body, headers as Record<string, string>) as Decision;
  } catch {
    return undefined;
  }
}

/** Runs `act` and remembers it, or neither: if it throws, the gateway sends the decision again. */
function once(webhookId: string, act: () => void): boolean {
  database.exec("BEGIN");
  try {
    const isNew = remember.run(webhookId).changes === 1;
    if (isNew) act();
    database.exec("COMMIT");
    return isNew;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

function actOn(decision: Decision): void {
  // Post `final_text` here; it is null unless the draft was approved or edited.
  console.log(`${decision.id} ${decision.decision}: ${decision.final_text}`);
}

async function receive(request: IncomingMessage): Promise<[status: number, body: object]> {
  if (request.method !== "POST" || request.url !== "/decisions") return [404, { error: "not found" }];
  const decision = verified(await text(request), request.headers);
  if (!decision) return [401, { error: "the signature is missing or wrong" }];
  const isNew = once(String(request.headers["webhook-id"]), () => actOn(decision));
  return [200, { status: isNew ? "received" : "repeated" }];
}

createServer(async (request, response) => {
  const [status, body] = await receive(request).catch((error) => [500, { error: String(error) }] as const);
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}).listen(Number(RECEIVER_PORT ?? 8000), "127.0.0.1", () => console.log("listening"));
