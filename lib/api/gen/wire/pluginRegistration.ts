// Generated from proto/ by `npm run generate`. Do not edit.
import { type Unary, WirePackage } from "../../wirePackage.js";

export interface PluginInfo {
  type: string;
  name: string;
  endpoint: string;
  supportedVersions: string[];
}

export interface RegistrationStatus {
  pluginRegistered: boolean;
  error: string;
}

export interface RegistrationStatusResponse {
}

export interface InfoRequest {
}

export interface Messages {
  PluginInfo: PluginInfo;
  RegistrationStatus: RegistrationStatus;
  RegistrationStatusResponse: RegistrationStatusResponse;
  InfoRequest: InfoRequest;
}

export interface Services {
  Registration: {
    GetInfo: Unary<InfoRequest, PluginInfo>;
    NotifyRegistrationStatus: Unary<RegistrationStatus, RegistrationStatusResponse>;
  };
}

/** Registration of plugins with the kubelet. */
export const pluginRegistration = new WirePackage<Messages, Services>({
  longs: "number",
  messages: {"PluginInfo":"pluginregistration.PluginInfo","RegistrationStatus":"pluginregistration.RegistrationStatus","RegistrationStatusResponse":"pluginregistration.RegistrationStatusResponse","InfoRequest":"pluginregistration.InfoRequest"},
  services: {"Registration":{"name":"pluginregistration.Registration","methods":{"GetInfo":["InfoRequest","PluginInfo"],"NotifyRegistrationStatus":["RegistrationStatus","RegistrationStatusResponse"]}}},
  descriptor: "{\"nested\":{\"pluginregistration\":{\"nested\":{\"Registration\":{\"methods\":{\"GetInfo\":{\"requestType\":\"InfoRequest\",\"responseType\":\"PluginInfo\"},\"NotifyRegistrationStatus\":{\"requestType\":\"RegistrationStatus\",\"responseType\":\"RegistrationStatusResponse\"}}},\"PluginInfo\":{\"fields\":{\"type\":{\"type\":\"string\",\"id\":1},\"name\":{\"type\":\"string\",\"id\":2},\"endpoint\":{\"type\":\"string\",\"id\":3},\"supportedVersions\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":4,\"protoName\":\"supported_versions\"}}},\"RegistrationStatus\":{\"fields\":{\"pluginRegistered\":{\"type\":\"bool\",\"id\":1,\"protoName\":\"plugin_registered\"},\"error\":{\"type\":\"string\",\"id\":2}}},\"RegistrationStatusResponse\":{\"fields\":{}},\"InfoRequest\":{\"fields\":{}}}}}}",
});
