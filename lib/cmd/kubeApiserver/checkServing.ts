import { FlagError, type FlagValues } from "../flags/flagValues.js";

const mostPort = 65_535;

/** Throws a FlagError where ports or the issuers of tokens make no sense. Touches nothing. */
export function checkServing(values: FlagValues): void {
  const ports = ["secure-port", "grpc-port", "insecure-port", "port", "insecure-grpc-port"];
  for (const flag of ports) {
    const port = Number(values.string(flag));
    if (port >= 0 && port <= mostPort) continue;
    throw new FlagError(`--${flag}: ${port} is no port, it must be from 0 to ${mostPort}`);
  }
  if (values.integer("secure-port") === 0) {
    throw new FlagError(
      `--secure-port: it must be from 1 to ${mostPort}, and is not turned off by 0`,
    );
  }
  checkIssuers(values.strings("service-account-issuer"));
  const keys = values.string("service-account-jwks-uri");
  if (keys !== "" && !(URL.canParse(keys) && new URL(keys).protocol === "https:")) {
    throw new FlagError(`--service-account-jwks-uri: ${JSON.stringify(keys)} is no https URL`);
  }
}

function checkIssuers(issuers: readonly string[]): void {
  for (const [position, issuer] of issuers.entries()) {
    const fail = (why: string): never => {
      throw new FlagError(`--service-account-issuer: ${JSON.stringify(issuer)} ${why}`);
    };
    if (issuer === "") fail("is empty");
    if (issuer.includes(":") && !URL.canParse(issuer)) fail("has a colon and is no URL");
    if (issuers.indexOf(issuer) !== position) fail("is given twice");
  }
}
