// Generated from proto/ by `npm run generate`. Do not edit.
import { type Unary, WirePackage } from "../../wirePackage.js";

export interface StatusRequest {
}

export interface StatusResponse {
  version: string;
  healthz: string;
  keyId: string;
}

export interface DecryptRequest {
  ciphertext: Uint8Array;
  uid: string;
  keyId: string;
  annotations: Record<string, Uint8Array>;
}

export interface DecryptResponse {
  plaintext: Uint8Array;
}

export interface EncryptRequest {
  plaintext: Uint8Array;
  uid: string;
}

export interface EncryptResponse {
  ciphertext: Uint8Array;
  keyId: string;
  annotations: Record<string, Uint8Array>;
}

export interface Messages {
  StatusRequest: StatusRequest;
  StatusResponse: StatusResponse;
  DecryptRequest: DecryptRequest;
  DecryptResponse: DecryptResponse;
  EncryptRequest: EncryptRequest;
  EncryptResponse: EncryptResponse;
}

export interface Services {
  KeyManagementService: {
    Status: Unary<StatusRequest, StatusResponse>;
    Decrypt: Unary<DecryptRequest, DecryptResponse>;
    Encrypt: Unary<EncryptRequest, EncryptResponse>;
  };
}

/** Key management plugins. */
export const kms = new WirePackage<Messages, Services>({
  longs: "number",
  messages: {"StatusRequest":"v2.StatusRequest","StatusResponse":"v2.StatusResponse","DecryptRequest":"v2.DecryptRequest","DecryptResponse":"v2.DecryptResponse","EncryptRequest":"v2.EncryptRequest","EncryptResponse":"v2.EncryptResponse"},
  services: {"KeyManagementService":{"name":"v2.KeyManagementService","methods":{"Status":["StatusRequest","StatusResponse"],"Decrypt":["DecryptRequest","DecryptResponse"],"Encrypt":["EncryptRequest","EncryptResponse"]}}},
  descriptor: "{\"nested\":{\"v2\":{\"nested\":{\"KeyManagementService\":{\"methods\":{\"Status\":{\"requestType\":\"StatusRequest\",\"responseType\":\"StatusResponse\"},\"Decrypt\":{\"requestType\":\"DecryptRequest\",\"responseType\":\"DecryptResponse\"},\"Encrypt\":{\"requestType\":\"EncryptRequest\",\"responseType\":\"EncryptResponse\"}}},\"StatusRequest\":{\"fields\":{}},\"StatusResponse\":{\"fields\":{\"version\":{\"type\":\"string\",\"id\":1},\"healthz\":{\"type\":\"string\",\"id\":2},\"keyId\":{\"type\":\"string\",\"id\":3,\"protoName\":\"key_id\"}}},\"DecryptRequest\":{\"fields\":{\"ciphertext\":{\"type\":\"bytes\",\"id\":1},\"uid\":{\"type\":\"string\",\"id\":2},\"keyId\":{\"type\":\"string\",\"id\":3,\"protoName\":\"key_id\"},\"annotations\":{\"keyType\":\"string\",\"type\":\"bytes\",\"id\":4}}},\"DecryptResponse\":{\"fields\":{\"plaintext\":{\"type\":\"bytes\",\"id\":1}}},\"EncryptRequest\":{\"fields\":{\"plaintext\":{\"type\":\"bytes\",\"id\":1},\"uid\":{\"type\":\"string\",\"id\":2}}},\"EncryptResponse\":{\"fields\":{\"ciphertext\":{\"type\":\"bytes\",\"id\":1},\"keyId\":{\"type\":\"string\",\"id\":2,\"protoName\":\"key_id\"},\"annotations\":{\"keyType\":\"string\",\"type\":\"bytes\",\"id\":3}}}}}}}",
});
