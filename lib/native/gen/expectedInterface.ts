/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "6c7069f50827a4b5";
