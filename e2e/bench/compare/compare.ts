export async function compareWith(_ref: string, _o: unknown, _say: unknown): Promise<number> { return 0 }
