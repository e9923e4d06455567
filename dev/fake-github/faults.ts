/** What goes wrong between a program and GitHub, on request. */

export type Fault = {
  /** On method and path, such as `POST /repos/una/shop/issues/1/comments`. */
  readonly on: RegExp;
  /** How many matching requests; left out: one. */
  readonly times?: number;
  /** How many matching requests go well before. */
  readonly after?: number;
} & (
  | { readonly kind: "status"; readonly status: number }
  /** The connection is cut once GitHub has done what was asked for. */
  | { readonly kind: "lost-answer" }
  /** The same with an answer of a gateway in between. */
  | { readonly kind: "bad-gateway-afterwards" }
  /** Used up until then. */
  | { readonly kind: "rate-limit"; readonly seconds: number }
  | { readonly kind: "secondary-rate-limit"; readonly seconds: number }
  /** Something happens to the program, before or after GitHub has done what was asked for, and it gets no answer. */
  | { readonly kind: "interrupt"; readonly when: "before" | "after"; interrupt(): void }
);

export class Faults {
  readonly #planned: { readonly fault: Fault; wait: number; left: number }[] = [];

  plan(fault: Fault): void {
    this.#planned.push({ fault, wait: fault.after ?? 0, left: fault.times ?? 1 });
  }

  take(request: string): Fault | null {
    const found = this.#planned.find(({ fault, left }) => left > 0 && fault.on.test(request));
    if (found === undefined || found.wait-- > 0) return null;
    found.left--;
    return found.fault;
  }
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Null where the request is carried out first. */
export function answerInstead(fault: Fault, nowMs: number): Answer | null {
  switch (fault.kind) {
    case "status":
      return { status: fault.status, body: { message: "Server Error" } };
    case "rate-limit":
      return {
        status: 403,
        body: { message: "API rate limit exceeded for installation." },
        headers: {
          "x-ratelimit-limit": "5000",
          "x-ratelimit-remaining": "0",
          "x-ratelimit-reset": String(Math.ceil(nowMs / 1_000) + fault.seconds),
        },
      };
    case "secondary-rate-limit":
      return {
        status: 403,
        body: {
          message:
            "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
          documentation_url:
            "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
        },
        headers: { "retry-after": String(fault.seconds) },
      };
    case "interrupt":
    case "lost-answer":
    case "bad-gateway-afterwards":
      return null;
  }
}
