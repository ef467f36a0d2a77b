// What a collection of the program holds: entries, those that are weak references, and those that are gone. The value of this script
// is a function that returns what tells of it.
(function (NativeWeakRef, peek, weakly) {
  "use strict";
  const { ownKeys } = Reflect;
  function entriesOf(collection) {
    if (collection instanceof Map) return [...collection];
    if (collection instanceof Set) return [...collection].map((value) => [value, value]);
    return ownKeys(collection).map((key) => [key, Object.getOwnPropertyDescriptor(collection, key).value]);
  }
  function remove(collection, test) {
    for (const [key, value] of entriesOf(collection)) {
      if (!test(value)) continue;
      if (collection instanceof Map || collection instanceof Set) collection.delete(key);
      else delete collection[key];
    }
  }
  const isDead = (value) => value instanceof NativeWeakRef ? peek(value) === undefined
    : weakly(value) && ownKeys(value).some((key) => value[key] instanceof NativeWeakRef && peek(value[key]) === undefined);
  const isLive = (value) => value instanceof NativeWeakRef ? peek(value) !== undefined
    : weakly(value) && ownKeys(value).some((key) => value[key] instanceof NativeWeakRef && peek(value[key]) !== undefined);
  return { entriesOf, remove, isDead, isLive };
})
