// What tests of Dub's official client share.

import assert from "node:assert/strict";
import { Dub } from "dub";

/** The client, unchanged, against an instance. */
export const client = (t, token = t.apiKey) => new Dub({ token, serverURL: `${t.url}/api` });

/** Holds that a call fails with the client's error of this name, which says so. */
export const refused = (call, name, said) =>
  assert.rejects(call, (error) => {
    assert.equal(error.name, name, error.message);
    assert.match(error.message, said);
    return true;
  });
