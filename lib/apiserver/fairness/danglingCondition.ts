import type { FlowSchemaCondition } from "../../api/gen/types/flowcontrolV1.js";

/** What a FlowSchema's status says of the level that it names. */
export function foundCondition(
  level: string,
  isThere: boolean,
  lastTransitionTime: string,
): FlowSchemaCondition {
  const names = `This FlowSchema references the PriorityLevelConfiguration object named "${level}"`;
  return {
    type: "Dangling",
    status: isThere ? "False" : "True",
    lastTransitionTime,
    reason: isThere ? "Found" : "NotFound",
    message: isThere ? `${names} and it exists` : `${names} but there is no such object`,
  };
}
