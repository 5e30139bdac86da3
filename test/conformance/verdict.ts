/** What a run says of a test; `seconds` is what it took. */
export type Verdict =
  | { readonly result: "passed"; readonly seconds: number; readonly reason?: string }
  | { readonly result: "failed"; readonly seconds: number; readonly reason: string }
  | { readonly result: "not run"; readonly reason: string };

export type Verdicts = Map<string, Verdict>;
