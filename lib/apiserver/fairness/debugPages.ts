import { formatDurationMilliseconds, formatMilliTime } from "../../api/time.js";
import type { Clock } from "../../platform/clock.js";
import type { LevelRequest } from "./levelRequest.js";
import type { PriorityLevel } from "./priorityLevel.js";

const root = "/debug/api_priority_and_fairness/";
/** As Go prints a time that is none. */
const noTime = "0001-01-01T00:00:00Z";
const leastWidth = 8;

/** The tables that tell of levels, queues and requests, as upstream draws them. */
export function debugPage(
  path: string,
  query: URLSearchParams | undefined,
  levels: readonly PriorityLevel[],
  clock: Clock,
): string | undefined {
  if (!path.startsWith(root)) return undefined;
  const sorted = [...levels].sort((a, b) => (a.name < b.name ? -1 : 1));
  switch (path.slice(root.length)) {
    case "dump_priority_levels":
      return drawTable([levelColumns, ...sorted.map(levelRow)]);
    case "dump_queues":
      return drawTable([queueColumns, ...sorted.flatMap(queueRows)]);
    case "dump_requests": {
      const withDetails = (query?.get("includeRequestDetails") ?? "") !== "";
      const columns = withDetails ? [...requestColumns, ...detailColumns] : requestColumns;
      const toWallClock = clock.now() - clock.monotonic();
      const rows = sorted.flatMap((level) => requestRows(level, toWallClock, withDetails));
      return drawTable([columns, ...rows]);
    }
    default:
      return undefined;
  }
}

const levelColumns = [
  "PriorityLevelName",
  "ActiveQueues",
  "IsIdle",
  "IsQuiescing",
  "WaitingRequests",
  "ExecutingRequests",
  "DispatchedRequests",
  "RejectedRequests",
  "TimedoutRequests",
  "CancelledRequests",
];

const queueColumns = [
  "PriorityLevelName",
  "Index",
  "PendingRequests",
  "ExecutingRequests",
  "SeatsInUse",
  "NextDispatchR",
  "InitialSeatsSum",
  "MaxSeatsSum",
  "TotalWorkSum",
];

const requestColumns = [
  "PriorityLevelName",
  "FlowSchemaName",
  "QueueIndex",
  "RequestIndexInQueue",
  // Upstream's spelling, which scripts look for.
  "FlowDistingsher",
  "ArriveTime",
  "InitialSeats",
  "FinalSeats",
  "AdditionalLatency",
  "StartTime",
];

const detailColumns = [
  "UserName",
  "Verb",
  "APIPath",
  "Namespace",
  "Name",
  "APIVersion",
  "Resource",
  "SubResource",
];

function levelRow({ name, requests, isQuiescing }: PriorityLevel): string[] {
  return [
    name,
    String(requests.queues().filter(({ waiting }) => waiting.length > 0).length),
    String(requests.isIdle),
    String(isQuiescing),
    String(requests.waiting),
    String(requests.running),
    String(requests.dispatched),
    String(requests.rejected),
    // As upstream counts: who waits too long is among the cancelled.
    "0",
    String(requests.cancelled),
  ];
}

function queueRows({ name, requests }: PriorityLevel): string[][] {
  return requests
    .queues()
    .map((queue) => [
      name,
      String(queue.index),
      String(queue.waiting.length),
      String(queue.running.length),
      String(queue.seatsInUse),
      seatSeconds(queue.nextR),
      String(queue.initialSeatsWaiting),
      String(queue.seatsWaiting),
      seatSeconds(queue.costWaiting),
    ]);
}

function requestRows(
  { name, requests }: PriorityLevel,
  toWallClock: number,
  withDetails: boolean,
): string[][] {
  const row = (request: LevelRequest, queue: number, index: number): string[] => [
    name,
    ...requestRow(request, queue, index, toWallClock),
    ...(withDetails ? detailsOf(request) : []),
  ];
  const rows: string[][] = [];
  for (const queue of requests.queues()) {
    for (const [i, request] of [...queue.waiting].entries()) {
      rows.push(row(request, queue.index, i));
    }
    for (const request of queue.running) rows.push(row(request, queue.index, -1));
  }
  for (const request of requests.queueless) rows.push(row(request, -1, -1));
  return rows;
}

function requestRow(
  { flow, work, arrivedAt, startedAt, state }: LevelRequest,
  queue: number,
  index: number,
  toWallClock: number,
): string[] {
  return [
    flow.flowSchema,
    String(queue),
    String(index),
    flow.distinguisher,
    timeText(arrivedAt + toWallClock),
    String(work.initialSeats),
    String(work.finalSeats),
    formatDurationMilliseconds(work.finalMilliseconds),
    state === "waiting" ? noTime : timeText(startedAt + toWallClock),
  ];
}

function detailsOf({ info, user }: LevelRequest): string[] {
  if (!info.isResourceRequest) return [user.name, info.verb, info.path, "", "", "", "", ""];
  const { verb, path, namespace, name, group, version, resource, subresource } = info;
  const apiVersion = group === "" ? version : `${group}/${version}`;
  return [user.name, verb, path, namespace, name, apiVersion, resource, subresource];
}

function seatSeconds(value: number): string {
  return `${value.toFixed(8)}ss`;
}

function timeText(milliseconds: number): string {
  return formatMilliTime(milliseconds).replace(/\.?0*Z$/, "Z");
}

/** Columns as wide as their widest cell and a space, at least eight, as Go's tabwriter has them. */
function drawTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? leastWidth, [...cell].length + 2);
    });
  }
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => padded(cell, i, row, widths)).join("");
  return rows.map((row) => `${line(row)}\n`).join("");
}

function padded(
  cell: string,
  i: number,
  row: readonly string[],
  widths: readonly number[],
): string {
  return i === row.length - 1 ? cell : `${cell},`.padEnd(widths[i] ?? 0);
}
