// A program of core's developers, written with the types that openapi-typescript makes.
import type { components, operations, webhooks } from "./gateway.js";

type Schemas = components["schemas"];
type Decision = webhooks["decision"]["post"]["requestBody"]["content"]["application/json"];

export const shortest: Schemas["CandidateIn"] = {
  id: "cr_1",
  brand_id: "b_acme",
  platform: "linkedin",
  source_ref: "post_1",
  proposed_text: "Thanks!",
  persona: "smart",
  context_url: "https://example.com/posts/1",
};

export const misspelt: Schemas["CandidateIn"] = {
  ...shortest,
  // @ts-expect-error  the compiler reports an unknown field
  owner_whatsap: "whatsapp:+15551234567",
};

export const filters: NonNullable<operations["listActivity"]["parameters"]["query"]> = {
  state: ["open", "edited"],
  since: "2026-11-26T10:00:00Z",
};

// Every field of an answer is present, but can be null.
export function read(candidate: Schemas["CandidateOut"], page: Schemas["ActivityPage"]): (string | null)[] {
  return [candidate.final_text, candidate.note, candidate.ended?.reason ?? null, page.next_cursor, page.brand_id];
}

export function toPost(decision: Decision): string | null {
  return "note" in decision && decision.note ? null : decision.final_text;
}

export function problems(refusal: Schemas["InvalidRequest"]): string[] {
  return typeof refusal.detail === "string" ? [refusal.detail] : refusal.detail.map((problem) => problem.msg);
}
