/** The same with every key and every array in it read-only: what a parsed document is for the code. Tuples keep their shape. */
export type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T
