import type { ApiCall, CallParameters } from "../transport.js";

/** Path and query of a call, as REST has them. */
export function requestPath(call: ApiCall): string {
  const { group, version, resource, namespaced } = call.type;
  let path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  if (namespaced && call.namespace !== "") {
    path += `/namespaces/${encodeURIComponent(call.namespace)}`;
  }
  path += `/${resource}`;
  if (call.name !== "") path += `/${encodeURIComponent(call.name)}`;
  if (call.subresource !== "") path += `/${call.subresource}`;
  const query = queryOf(call.parameters);
  return query === "" ? path : `${path}?${query}`;
}

function queryOf(parameters: CallParameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  return query.toString();
}
