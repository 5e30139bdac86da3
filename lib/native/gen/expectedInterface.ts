/** Of the addon that addon.d.ts describes. */
export const expectedInterface = "3441df4edb99c42e";
