// Generated from proto/ by `npm run generate`. Do not edit.
import type { ListMeta, ObjectMeta, Status, Time } from "./metaV1.js";
import type { RawExtension } from "./runtime.js";

/** ConversionRequest of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface ConversionRequest {
  uid?: string;
  desiredAPIVersion?: string;
  objects?: RawExtension[];
}

/** ConversionResponse of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface ConversionResponse {
  uid?: string;
  convertedObjects?: RawExtension[];
  result?: Status;
}

/** ConversionReview of apiextensions.k8s.io/v1. */
export interface ConversionReview {
  apiVersion?: "apiextensions.k8s.io/v1";
  kind?: "ConversionReview";
  request?: ConversionRequest;
  response?: ConversionResponse;
}

/** CustomResourceColumnDefinition of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface CustomResourceColumnDefinition {
  name: string;
  type: string;
  format?: string;
  description?: string;
  priority?: number;
  jsonPath: string;
}

/** CustomResourceConversion of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface CustomResourceConversion {
  strategy: string;
  webhook?: WebhookConversion;
}

/** CustomResourceDefinition adds a resource to the API. */
export interface CustomResourceDefinition {
  apiVersion?: "apiextensions.k8s.io/v1";
  kind?: "CustomResourceDefinition";
  metadata: ObjectMeta;
  spec: CustomResourceDefinitionSpec;
  status?: CustomResourceDefinitionStatus;
}

/** CustomResourceDefinitionCondition of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface CustomResourceDefinitionCondition {
  type: string;
  status: string;
  lastTransitionTime?: Time;
  reason?: string;
  message?: string;
  observedGeneration?: number;
}

/** CustomResourceDefinitionList of apiextensions.k8s.io/v1. */
export interface CustomResourceDefinitionList {
  apiVersion?: "apiextensions.k8s.io/v1";
  kind?: "CustomResourceDefinitionList";
  metadata: ListMeta;
  items: CustomResourceDefinition[];
}

/** CustomResourceDefinitionNames of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface CustomResourceDefinitionNames {
  plural: string;
  singular?: string;
  shortNames?: string[];
  kind: string;
  listKind?: string;
  categories?: string[];
}

/** CustomResourceDefinitionSpec of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface CustomResourceDefinitionSpec {
  group: string;
  names: CustomResourceDefinitionNames;
  scope: string;
  versions: CustomResourceDefinitionVersion[];
  conversion?: CustomResourceConversion;
  preserveUnknownFields?: boolean;
}

/** CustomResourceDefinitionStatus of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface CustomResourceDefinitionStatus {
  conditions?: CustomResourceDefinitionCondition[];
  acceptedNames?: CustomResourceDefinitionNames;
  storedVersions?: string[];
  observedGeneration?: number;
}

/** CustomResourceDefinitionVersion of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface CustomResourceDefinitionVersion {
  name: string;
  served: boolean;
  storage: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema?: CustomResourceValidation;
  subresources?: CustomResourceSubresources;
  additionalPrinterColumns?: CustomResourceColumnDefinition[];
  selectableFields?: SelectableField[];
}

/** CustomResourceSubresourceScale of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface CustomResourceSubresourceScale {
  specReplicasPath: string;
  statusReplicasPath: string;
  labelSelectorPath?: string;
}

/** CustomResourceSubresourceStatus of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface CustomResourceSubresourceStatus {}

/** CustomResourceSubresources of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface CustomResourceSubresources {
  status?: CustomResourceSubresourceStatus;
  scale?: CustomResourceSubresourceScale;
}

/** CustomResourceValidation of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface CustomResourceValidation {
  openAPIV3Schema?: JSONSchemaProps;
}

/** ExternalDocumentation of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface ExternalDocumentation {
  description?: string;
  url?: string;
}

/** JSON of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export type JSON = unknown;

/** JSONSchemaProps of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface JSONSchemaProps {
  id?: string;
  $schema?: string;
  $ref?: string;
  description?: string;
  type?: string;
  format?: string;
  title?: string;
  default?: JSON;
  maximum?: number;
  exclusiveMaximum?: boolean;
  minimum?: number;
  exclusiveMinimum?: boolean;
  maxLength?: number;
  minLength?: number;
  pattern?: string;
  maxItems?: number;
  minItems?: number;
  uniqueItems?: boolean;
  multipleOf?: number;
  enum?: JSON[];
  maxProperties?: number;
  minProperties?: number;
  required?: string[];
  items?: JSONSchemaPropsOrArray;
  allOf?: JSONSchemaProps[];
  oneOf?: JSONSchemaProps[];
  anyOf?: JSONSchemaProps[];
  not?: JSONSchemaProps;
  properties?: Record<string, JSONSchemaProps>;
  additionalProperties?: JSONSchemaPropsOrBool;
  patternProperties?: Record<string, JSONSchemaProps>;
  dependencies?: Record<string, JSONSchemaPropsOrStringArray>;
  additionalItems?: JSONSchemaPropsOrBool;
  definitions?: Record<string, JSONSchemaProps>;
  externalDocs?: ExternalDocumentation;
  example?: JSON;
  nullable?: boolean;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-embedded-resource"?: boolean;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-list-type"?: string;
  "x-kubernetes-map-type"?: string;
  "x-kubernetes-validations"?: ValidationRule[];
}

/** JSONSchemaPropsOrArray of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export type JSONSchemaPropsOrArray = JSONSchemaProps | JSONSchemaProps[];

/** JSONSchemaPropsOrBool of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export type JSONSchemaPropsOrBool = boolean | JSONSchemaProps;

/** JSONSchemaPropsOrStringArray of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export type JSONSchemaPropsOrStringArray = JSONSchemaProps | string[];

/** SelectableField of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface SelectableField {
  jsonPath: string;
}

/** ServiceReference of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface ServiceReference {
  namespace: string;
  name: string;
  path?: string;
  port?: number;
}

/** ValidationRule of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface ValidationRule {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: "FieldValueDuplicate" | "FieldValueForbidden" | "FieldValueInvalid" | "FieldValueRequired" | (string & {});
  fieldPath?: string;
  optionalOldSelf?: boolean;
}

/** WebhookClientConfig of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface WebhookClientConfig {
  url?: string;
  service?: ServiceReference;
  caBundle?: string;
}

/** WebhookConversion of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1. */
export interface WebhookConversion {
  clientConfig?: WebhookClientConfig;
  conversionReviewVersions: string[];
}
