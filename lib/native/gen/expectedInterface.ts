/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "1414688c62c0a591";
