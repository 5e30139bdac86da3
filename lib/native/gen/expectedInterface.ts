/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "5be4178efe8f9944";
