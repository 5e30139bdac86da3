/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "968dc0eac05a45c2";
