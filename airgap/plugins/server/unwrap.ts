import type { Output } from "@pulumi/pulumi";

/**
 * The plain form of an official package's `...Args` or `...State`: every `pulumi.Input` and `pulumi.Output` taken off, at any depth.
 *
 * `Plain<docker.ContainerArgs>` is what a stand-in plugin's code gets. Type-level only: nothing of the SDK is loaded.
 */
export type Plain<T> = 0 extends 1 & T ? any : PlainValue<Unwrapped<T>>;

// An Input<T> is the union T | Promise<T> | OutputInstance<T>: the two wrappers are dropped and T stays.
type Unwrapped<T> = T extends Promise<any> | Output<any> | { apply: any; isSecret: any } ? never : T;

type PlainValue<T> = T extends string | number | boolean | bigint | null | undefined
  ? T
  : T extends readonly (infer Element)[]
    ? Plain<Element>[]
    : T extends object
      ? { [Key in keyof T]: Plain<T[Key]> }
      : T;
