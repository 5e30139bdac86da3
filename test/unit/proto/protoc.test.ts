import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listProtoFiles } from "../../../proto/generators/model.js";

/** What proto/ imports of protobuf's own files, for a protoc that comes without them. */
const ownFiles: Readonly<Record<string, string>> = {
  "any.proto": `syntax = "proto3";
    package google.protobuf;
    message Any { string type_url = 1; bytes value = 2; }`,
  "descriptor.proto": `syntax = "proto2";
    package google.protobuf;
    message FileOptions { optional string go_package = 11; extensions 1000 to max; }
    message MessageOptions { optional bool map_entry = 7; extensions 1000 to max; }
    message FieldOptions { optional bool packed = 2; extensions 1000 to max; }
    message EnumOptions { optional bool allow_alias = 2; extensions 1000 to max; }`,
};

describe("protoc", () => {
  it("accepts every file of proto/", function () {
    if (spawnSync("protoc", ["--version"]).error !== undefined) {
      // The package protobuf-compiler is not here; the generators read the files anyway.
      this.skip();
    }
    this.timeout(60_000);
    const folder = mkdtempSync(join(tmpdir(), "steersman-protoc-"));
    try {
      const own = join(folder, "google/protobuf");
      mkdirSync(own, { recursive: true });
      for (const [name, text] of Object.entries(ownFiles)) writeFileSync(join(own, name), text);
      const files = listProtoFiles("proto", ".");
      assert.ok(files.length > 80);
      const output = join(folder, "all.pb");
      const paths = ["-Iproto", `-I${folder}`, `--descriptor_set_out=${output}`];
      const result = spawnSync("protoc", [...paths, ...files], { encoding: "utf8" });
      assert.equal(result.stderr, "");
      assert.equal(result.status, 0);
      execFileSync("test", ["-s", output]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
