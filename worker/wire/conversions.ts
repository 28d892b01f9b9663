import * as v from "valibot";
import type { OwnersConversion } from "../store/hold-store.ts";
import type { JsonObject } from "./body.ts";
import { check, text } from "./fields.ts";
import { presentToOwner } from "./review.ts";

export const HoldSchema = v.object({ reason: text });

export const parseHold = (body: JsonObject) => check(HoldSchema, body);

/** A conversion as the lists of review show it, and why it is held by hand. */
export function presentConversion(conversion: OwnersConversion, now: number) {
  return { ...presentToOwner(conversion, now), hold_reason: conversion.holdReason };
}
