/** What a column says, in a short sentence; shared where kinds have the same column. */
const descriptions: Readonly<Record<string, string>> = {
  Name: "The name of the object within its namespace or cluster.",
  Age: "How long ago the object was created.",
  "Created At": "When the object was created.",
};

export function columnDescription(kind: string, column: string): string {
  return descriptions[column] ?? `${column} of the ${kind}.`;
}
