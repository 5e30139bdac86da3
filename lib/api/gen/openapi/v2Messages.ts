// Generated from proto/ by `npm run generate`. Do not edit.
import type { MessageTables } from "../../messageCodec.js";

export interface AdditionalPropertiesItem {
  schema?: Schema;
  boolean?: boolean;
}

export interface Schema {
  _ref?: string;
  format?: string;
  title?: string;
  description?: string;
  default?: Any;
  exclusive_maximum?: boolean;
  exclusive_minimum?: boolean;
  max_length?: number;
  min_length?: number;
  pattern?: string;
  max_items?: number;
  min_items?: number;
  unique_items?: boolean;
  max_properties?: number;
  min_properties?: number;
  required?: string[];
  enum?: Any[];
  additional_properties?: AdditionalPropertiesItem;
  type?: TypeItem;
  items?: ItemsItem;
  all_of?: Schema[];
  properties?: Properties;
  discriminator?: string;
  read_only?: boolean;
  xml?: Xml;
  external_docs?: ExternalDocs;
  example?: Any;
  vendor_extension?: NamedAny[];
}

export interface Any {
  value?: Any;
  yaml?: string;
}

export interface TypeItem {
  value?: string[];
}

export interface ItemsItem {
  schema?: Schema[];
}

export interface Properties {
  additional_properties?: NamedSchema[];
}

export interface NamedSchema {
  name?: string;
  value?: Schema;
}

export interface Xml {
  name?: string;
  namespace?: string;
  prefix?: string;
  attribute?: boolean;
  wrapped?: boolean;
  vendor_extension?: NamedAny[];
}

export interface NamedAny {
  name?: string;
  value?: Any;
}

export interface ExternalDocs {
  description?: string;
  url?: string;
  vendor_extension?: NamedAny[];
}

export interface ApiKeySecurity {
  type?: string;
  name?: string;
  in?: string;
  description?: string;
  vendor_extension?: NamedAny[];
}

export interface BasicAuthenticationSecurity {
  type?: string;
  description?: string;
  vendor_extension?: NamedAny[];
}

export interface BodyParameter {
  description?: string;
  name?: string;
  in?: string;
  required?: boolean;
  schema?: Schema;
  vendor_extension?: NamedAny[];
}

export interface Contact {
  name?: string;
  url?: string;
  email?: string;
  vendor_extension?: NamedAny[];
}

export interface Default {
  additional_properties?: NamedAny[];
}

export interface Definitions {
  additional_properties?: NamedSchema[];
}

export interface Document {
  swagger?: string;
  info?: Info;
  host?: string;
  base_path?: string;
  schemes?: string[];
  consumes?: string[];
  produces?: string[];
  paths?: Paths;
  definitions?: Definitions;
  parameters?: ParameterDefinitions;
  responses?: ResponseDefinitions;
  security?: SecurityRequirement[];
  security_definitions?: SecurityDefinitions;
  tags?: Tag[];
  external_docs?: ExternalDocs;
  vendor_extension?: NamedAny[];
}

export interface Info {
  title?: string;
  version?: string;
  description?: string;
  terms_of_service?: string;
  contact?: Contact;
  license?: License;
  vendor_extension?: NamedAny[];
}

export interface License {
  name?: string;
  url?: string;
  vendor_extension?: NamedAny[];
}

export interface Paths {
  vendor_extension?: NamedAny[];
  path?: NamedPathItem[];
}

export interface NamedPathItem {
  name?: string;
  value?: PathItem;
}

export interface PathItem {
  _ref?: string;
  get?: Operation;
  put?: Operation;
  post?: Operation;
  delete?: Operation;
  options?: Operation;
  head?: Operation;
  patch?: Operation;
  parameters?: ParametersItem[];
  vendor_extension?: NamedAny[];
}

export interface Operation {
  tags?: string[];
  summary?: string;
  description?: string;
  external_docs?: ExternalDocs;
  operation_id?: string;
  produces?: string[];
  consumes?: string[];
  parameters?: ParametersItem[];
  responses?: Responses;
  schemes?: string[];
  deprecated?: boolean;
  security?: SecurityRequirement[];
  vendor_extension?: NamedAny[];
}

export interface ParametersItem {
  parameter?: Parameter;
  json_reference?: JsonReference;
}

export interface Parameter {
  body_parameter?: BodyParameter;
  non_body_parameter?: NonBodyParameter;
}

export interface NonBodyParameter {
  header_parameter_sub_schema?: HeaderParameterSubSchema;
  form_data_parameter_sub_schema?: FormDataParameterSubSchema;
  query_parameter_sub_schema?: QueryParameterSubSchema;
  path_parameter_sub_schema?: PathParameterSubSchema;
}

export interface HeaderParameterSubSchema {
  required?: boolean;
  in?: string;
  description?: string;
  name?: string;
  type?: string;
  format?: string;
  items?: PrimitivesItems;
  collection_format?: string;
  default?: Any;
  exclusive_maximum?: boolean;
  exclusive_minimum?: boolean;
  max_length?: number;
  min_length?: number;
  pattern?: string;
  max_items?: number;
  min_items?: number;
  unique_items?: boolean;
  enum?: Any[];
  vendor_extension?: NamedAny[];
}

export interface PrimitivesItems {
  type?: string;
  format?: string;
  items?: PrimitivesItems;
  collection_format?: string;
  default?: Any;
  exclusive_maximum?: boolean;
  exclusive_minimum?: boolean;
  max_length?: number;
  min_length?: number;
  pattern?: string;
  max_items?: number;
  min_items?: number;
  unique_items?: boolean;
  enum?: Any[];
  vendor_extension?: NamedAny[];
}

export interface FormDataParameterSubSchema {
  required?: boolean;
  in?: string;
  description?: string;
  name?: string;
  allow_empty_value?: boolean;
  type?: string;
  format?: string;
  items?: PrimitivesItems;
  collection_format?: string;
  default?: Any;
  exclusive_maximum?: boolean;
  exclusive_minimum?: boolean;
  max_length?: number;
  min_length?: number;
  pattern?: string;
  max_items?: number;
  min_items?: number;
  unique_items?: boolean;
  enum?: Any[];
  vendor_extension?: NamedAny[];
}

export interface QueryParameterSubSchema {
  required?: boolean;
  in?: string;
  description?: string;
  name?: string;
  allow_empty_value?: boolean;
  type?: string;
  format?: string;
  items?: PrimitivesItems;
  collection_format?: string;
  default?: Any;
  exclusive_maximum?: boolean;
  exclusive_minimum?: boolean;
  max_length?: number;
  min_length?: number;
  pattern?: string;
  max_items?: number;
  min_items?: number;
  unique_items?: boolean;
  enum?: Any[];
  vendor_extension?: NamedAny[];
}

export interface PathParameterSubSchema {
  required?: boolean;
  in?: string;
  description?: string;
  name?: string;
  type?: string;
  format?: string;
  items?: PrimitivesItems;
  collection_format?: string;
  default?: Any;
  exclusive_maximum?: boolean;
  exclusive_minimum?: boolean;
  max_length?: number;
  min_length?: number;
  pattern?: string;
  max_items?: number;
  min_items?: number;
  unique_items?: boolean;
  enum?: Any[];
  vendor_extension?: NamedAny[];
}

export interface JsonReference {
  _ref?: string;
  description?: string;
}

export interface Responses {
  response_code?: NamedResponseValue[];
  vendor_extension?: NamedAny[];
}

export interface NamedResponseValue {
  name?: string;
  value?: ResponseValue;
}

export interface ResponseValue {
  response?: Response;
  json_reference?: JsonReference;
}

export interface Response {
  description?: string;
  schema?: SchemaItem;
  headers?: Headers;
  examples?: Examples;
  vendor_extension?: NamedAny[];
}

export interface SchemaItem {
  schema?: Schema;
  file_schema?: FileSchema;
}

export interface FileSchema {
  format?: string;
  title?: string;
  description?: string;
  default?: Any;
  required?: string[];
  type?: string;
  read_only?: boolean;
  external_docs?: ExternalDocs;
  example?: Any;
  vendor_extension?: NamedAny[];
}

export interface Headers {
  additional_properties?: NamedHeader[];
}

export interface NamedHeader {
  name?: string;
  value?: Header;
}

export interface Header {
  type?: string;
  format?: string;
  items?: PrimitivesItems;
  collection_format?: string;
  default?: Any;
  exclusive_maximum?: boolean;
  exclusive_minimum?: boolean;
  max_length?: number;
  min_length?: number;
  pattern?: string;
  max_items?: number;
  min_items?: number;
  unique_items?: boolean;
  enum?: Any[];
  description?: string;
  vendor_extension?: NamedAny[];
}

export interface Examples {
  additional_properties?: NamedAny[];
}

export interface SecurityRequirement {
  additional_properties?: NamedStringArray[];
}

export interface NamedStringArray {
  name?: string;
  value?: StringArray;
}

export interface StringArray {
  value?: string[];
}

export interface ParameterDefinitions {
  additional_properties?: NamedParameter[];
}

export interface NamedParameter {
  name?: string;
  value?: Parameter;
}

export interface ResponseDefinitions {
  additional_properties?: NamedResponse[];
}

export interface NamedResponse {
  name?: string;
  value?: Response;
}

export interface SecurityDefinitions {
  additional_properties?: NamedSecurityDefinitionsItem[];
}

export interface NamedSecurityDefinitionsItem {
  name?: string;
  value?: SecurityDefinitionsItem;
}

export interface SecurityDefinitionsItem {
  basic_authentication_security?: BasicAuthenticationSecurity;
  api_key_security?: ApiKeySecurity;
  oauth2_implicit_security?: Oauth2ImplicitSecurity;
  oauth2_password_security?: Oauth2PasswordSecurity;
  oauth2_application_security?: Oauth2ApplicationSecurity;
  oauth2_access_code_security?: Oauth2AccessCodeSecurity;
}

export interface Oauth2ImplicitSecurity {
  type?: string;
  flow?: string;
  scopes?: Oauth2Scopes;
  authorization_url?: string;
  description?: string;
  vendor_extension?: NamedAny[];
}

export interface Oauth2Scopes {
  additional_properties?: NamedString[];
}

export interface NamedString {
  name?: string;
  value?: string;
}

export interface Oauth2PasswordSecurity {
  type?: string;
  flow?: string;
  scopes?: Oauth2Scopes;
  token_url?: string;
  description?: string;
  vendor_extension?: NamedAny[];
}

export interface Oauth2ApplicationSecurity {
  type?: string;
  flow?: string;
  scopes?: Oauth2Scopes;
  token_url?: string;
  description?: string;
  vendor_extension?: NamedAny[];
}

export interface Oauth2AccessCodeSecurity {
  type?: string;
  flow?: string;
  scopes?: Oauth2Scopes;
  authorization_url?: string;
  token_url?: string;
  description?: string;
  vendor_extension?: NamedAny[];
}

export interface Tag {
  name?: string;
  description?: string;
  external_docs?: ExternalDocs;
  vendor_extension?: NamedAny[];
}

export interface VendorExtension {
  additional_properties?: NamedAny[];
}

/** By name. */
export interface OpenApiV2Messages {
  AdditionalPropertiesItem: AdditionalPropertiesItem;
  Schema: Schema;
  Any: Any;
  TypeItem: TypeItem;
  ItemsItem: ItemsItem;
  Properties: Properties;
  NamedSchema: NamedSchema;
  Xml: Xml;
  NamedAny: NamedAny;
  ExternalDocs: ExternalDocs;
  ApiKeySecurity: ApiKeySecurity;
  BasicAuthenticationSecurity: BasicAuthenticationSecurity;
  BodyParameter: BodyParameter;
  Contact: Contact;
  Default: Default;
  Definitions: Definitions;
  Document: Document;
  Info: Info;
  License: License;
  Paths: Paths;
  NamedPathItem: NamedPathItem;
  PathItem: PathItem;
  Operation: Operation;
  ParametersItem: ParametersItem;
  Parameter: Parameter;
  NonBodyParameter: NonBodyParameter;
  HeaderParameterSubSchema: HeaderParameterSubSchema;
  PrimitivesItems: PrimitivesItems;
  FormDataParameterSubSchema: FormDataParameterSubSchema;
  QueryParameterSubSchema: QueryParameterSubSchema;
  PathParameterSubSchema: PathParameterSubSchema;
  JsonReference: JsonReference;
  Responses: Responses;
  NamedResponseValue: NamedResponseValue;
  ResponseValue: ResponseValue;
  Response: Response;
  SchemaItem: SchemaItem;
  FileSchema: FileSchema;
  Headers: Headers;
  NamedHeader: NamedHeader;
  Header: Header;
  Examples: Examples;
  SecurityRequirement: SecurityRequirement;
  NamedStringArray: NamedStringArray;
  StringArray: StringArray;
  ParameterDefinitions: ParameterDefinitions;
  NamedParameter: NamedParameter;
  ResponseDefinitions: ResponseDefinitions;
  NamedResponse: NamedResponse;
  SecurityDefinitions: SecurityDefinitions;
  NamedSecurityDefinitionsItem: NamedSecurityDefinitionsItem;
  SecurityDefinitionsItem: SecurityDefinitionsItem;
  Oauth2ImplicitSecurity: Oauth2ImplicitSecurity;
  Oauth2Scopes: Oauth2Scopes;
  NamedString: NamedString;
  Oauth2PasswordSecurity: Oauth2PasswordSecurity;
  Oauth2ApplicationSecurity: Oauth2ApplicationSecurity;
  Oauth2AccessCodeSecurity: Oauth2AccessCodeSecurity;
  Tag: Tag;
  VendorExtension: VendorExtension;
}

export const openApiV2MessageTables: MessageTables = {
  AdditionalPropertiesItem: [
    [1,"schema","Schema",0],
    [2,"boolean","bool",0],
  ],
  Schema: [
    [1,"_ref","string",0],
    [2,"format","string",0],
    [3,"title","string",0],
    [4,"description","string",0],
    [5,"default","Any",0],
    [8,"exclusive_maximum","bool",0],
    [10,"exclusive_minimum","bool",0],
    [11,"max_length","int64",0],
    [12,"min_length","int64",0],
    [13,"pattern","string",0],
    [14,"max_items","int64",0],
    [15,"min_items","int64",0],
    [16,"unique_items","bool",0],
    [17,"max_properties","int64",0],
    [18,"min_properties","int64",0],
    [19,"required","string",1],
    [20,"enum","Any",1],
    [21,"additional_properties","AdditionalPropertiesItem",0],
    [22,"type","TypeItem",0],
    [23,"items","ItemsItem",0],
    [24,"all_of","Schema",1],
    [25,"properties","Properties",0],
    [26,"discriminator","string",0],
    [27,"read_only","bool",0],
    [28,"xml","Xml",0],
    [29,"external_docs","ExternalDocs",0],
    [30,"example","Any",0],
    [31,"vendor_extension","NamedAny",1],
  ],
  Any: [
    [1,"value","Any",0],
    [2,"yaml","string",0],
  ],
  TypeItem: [
    [1,"value","string",1],
  ],
  ItemsItem: [
    [1,"schema","Schema",1],
  ],
  Properties: [
    [1,"additional_properties","NamedSchema",1],
  ],
  NamedSchema: [
    [1,"name","string",0],
    [2,"value","Schema",0],
  ],
  Xml: [
    [1,"name","string",0],
    [2,"namespace","string",0],
    [3,"prefix","string",0],
    [4,"attribute","bool",0],
    [5,"wrapped","bool",0],
    [6,"vendor_extension","NamedAny",1],
  ],
  NamedAny: [
    [1,"name","string",0],
    [2,"value","Any",0],
  ],
  ExternalDocs: [
    [1,"description","string",0],
    [2,"url","string",0],
    [3,"vendor_extension","NamedAny",1],
  ],
  ApiKeySecurity: [
    [1,"type","string",0],
    [2,"name","string",0],
    [3,"in","string",0],
    [4,"description","string",0],
    [5,"vendor_extension","NamedAny",1],
  ],
  BasicAuthenticationSecurity: [
    [1,"type","string",0],
    [2,"description","string",0],
    [3,"vendor_extension","NamedAny",1],
  ],
  BodyParameter: [
    [1,"description","string",0],
    [2,"name","string",0],
    [3,"in","string",0],
    [4,"required","bool",0],
    [5,"schema","Schema",0],
    [6,"vendor_extension","NamedAny",1],
  ],
  Contact: [
    [1,"name","string",0],
    [2,"url","string",0],
    [3,"email","string",0],
    [4,"vendor_extension","NamedAny",1],
  ],
  Default: [
    [1,"additional_properties","NamedAny",1],
  ],
  Definitions: [
    [1,"additional_properties","NamedSchema",1],
  ],
  Document: [
    [1,"swagger","string",0],
    [2,"info","Info",0],
    [3,"host","string",0],
    [4,"base_path","string",0],
    [5,"schemes","string",1],
    [6,"consumes","string",1],
    [7,"produces","string",1],
    [8,"paths","Paths",0],
    [9,"definitions","Definitions",0],
    [10,"parameters","ParameterDefinitions",0],
    [11,"responses","ResponseDefinitions",0],
    [12,"security","SecurityRequirement",1],
    [13,"security_definitions","SecurityDefinitions",0],
    [14,"tags","Tag",1],
    [15,"external_docs","ExternalDocs",0],
    [16,"vendor_extension","NamedAny",1],
  ],
  Info: [
    [1,"title","string",0],
    [2,"version","string",0],
    [3,"description","string",0],
    [4,"terms_of_service","string",0],
    [5,"contact","Contact",0],
    [6,"license","License",0],
    [7,"vendor_extension","NamedAny",1],
  ],
  License: [
    [1,"name","string",0],
    [2,"url","string",0],
    [3,"vendor_extension","NamedAny",1],
  ],
  Paths: [
    [1,"vendor_extension","NamedAny",1],
    [2,"path","NamedPathItem",1],
  ],
  NamedPathItem: [
    [1,"name","string",0],
    [2,"value","PathItem",0],
  ],
  PathItem: [
    [1,"_ref","string",0],
    [2,"get","Operation",0],
    [3,"put","Operation",0],
    [4,"post","Operation",0],
    [5,"delete","Operation",0],
    [6,"options","Operation",0],
    [7,"head","Operation",0],
    [8,"patch","Operation",0],
    [9,"parameters","ParametersItem",1],
    [10,"vendor_extension","NamedAny",1],
  ],
  Operation: [
    [1,"tags","string",1],
    [2,"summary","string",0],
    [3,"description","string",0],
    [4,"external_docs","ExternalDocs",0],
    [5,"operation_id","string",0],
    [6,"produces","string",1],
    [7,"consumes","string",1],
    [8,"parameters","ParametersItem",1],
    [9,"responses","Responses",0],
    [10,"schemes","string",1],
    [11,"deprecated","bool",0],
    [12,"security","SecurityRequirement",1],
    [13,"vendor_extension","NamedAny",1],
  ],
  ParametersItem: [
    [1,"parameter","Parameter",0],
    [2,"json_reference","JsonReference",0],
  ],
  Parameter: [
    [1,"body_parameter","BodyParameter",0],
    [2,"non_body_parameter","NonBodyParameter",0],
  ],
  NonBodyParameter: [
    [1,"header_parameter_sub_schema","HeaderParameterSubSchema",0],
    [2,"form_data_parameter_sub_schema","FormDataParameterSubSchema",0],
    [3,"query_parameter_sub_schema","QueryParameterSubSchema",0],
    [4,"path_parameter_sub_schema","PathParameterSubSchema",0],
  ],
  HeaderParameterSubSchema: [
    [1,"required","bool",0],
    [2,"in","string",0],
    [3,"description","string",0],
    [4,"name","string",0],
    [5,"type","string",0],
    [6,"format","string",0],
    [7,"items","PrimitivesItems",0],
    [8,"collection_format","string",0],
    [9,"default","Any",0],
    [11,"exclusive_maximum","bool",0],
    [13,"exclusive_minimum","bool",0],
    [14,"max_length","int64",0],
    [15,"min_length","int64",0],
    [16,"pattern","string",0],
    [17,"max_items","int64",0],
    [18,"min_items","int64",0],
    [19,"unique_items","bool",0],
    [20,"enum","Any",1],
    [22,"vendor_extension","NamedAny",1],
  ],
  PrimitivesItems: [
    [1,"type","string",0],
    [2,"format","string",0],
    [3,"items","PrimitivesItems",0],
    [4,"collection_format","string",0],
    [5,"default","Any",0],
    [7,"exclusive_maximum","bool",0],
    [9,"exclusive_minimum","bool",0],
    [10,"max_length","int64",0],
    [11,"min_length","int64",0],
    [12,"pattern","string",0],
    [13,"max_items","int64",0],
    [14,"min_items","int64",0],
    [15,"unique_items","bool",0],
    [16,"enum","Any",1],
    [18,"vendor_extension","NamedAny",1],
  ],
  FormDataParameterSubSchema: [
    [1,"required","bool",0],
    [2,"in","string",0],
    [3,"description","string",0],
    [4,"name","string",0],
    [5,"allow_empty_value","bool",0],
    [6,"type","string",0],
    [7,"format","string",0],
    [8,"items","PrimitivesItems",0],
    [9,"collection_format","string",0],
    [10,"default","Any",0],
    [12,"exclusive_maximum","bool",0],
    [14,"exclusive_minimum","bool",0],
    [15,"max_length","int64",0],
    [16,"min_length","int64",0],
    [17,"pattern","string",0],
    [18,"max_items","int64",0],
    [19,"min_items","int64",0],
    [20,"unique_items","bool",0],
    [21,"enum","Any",1],
    [23,"vendor_extension","NamedAny",1],
  ],
  QueryParameterSubSchema: [
    [1,"required","bool",0],
    [2,"in","string",0],
    [3,"description","string",0],
    [4,"name","string",0],
    [5,"allow_empty_value","bool",0],
    [6,"type","string",0],
    [7,"format","string",0],
    [8,"items","PrimitivesItems",0],
    [9,"collection_format","string",0],
    [10,"default","Any",0],
    [12,"exclusive_maximum","bool",0],
    [14,"exclusive_minimum","bool",0],
    [15,"max_length","int64",0],
    [16,"min_length","int64",0],
    [17,"pattern","string",0],
    [18,"max_items","int64",0],
    [19,"min_items","int64",0],
    [20,"unique_items","bool",0],
    [21,"enum","Any",1],
    [23,"vendor_extension","NamedAny",1],
  ],
  PathParameterSubSchema: [
    [1,"required","bool",0],
    [2,"in","string",0],
    [3,"description","string",0],
    [4,"name","string",0],
    [5,"type","string",0],
    [6,"format","string",0],
    [7,"items","PrimitivesItems",0],
    [8,"collection_format","string",0],
    [9,"default","Any",0],
    [11,"exclusive_maximum","bool",0],
    [13,"exclusive_minimum","bool",0],
    [14,"max_length","int64",0],
    [15,"min_length","int64",0],
    [16,"pattern","string",0],
    [17,"max_items","int64",0],
    [18,"min_items","int64",0],
    [19,"unique_items","bool",0],
    [20,"enum","Any",1],
    [22,"vendor_extension","NamedAny",1],
  ],
  JsonReference: [
    [1,"_ref","string",0],
    [2,"description","string",0],
  ],
  Responses: [
    [1,"response_code","NamedResponseValue",1],
    [2,"vendor_extension","NamedAny",1],
  ],
  NamedResponseValue: [
    [1,"name","string",0],
    [2,"value","ResponseValue",0],
  ],
  ResponseValue: [
    [1,"response","Response",0],
    [2,"json_reference","JsonReference",0],
  ],
  Response: [
    [1,"description","string",0],
    [2,"schema","SchemaItem",0],
    [3,"headers","Headers",0],
    [4,"examples","Examples",0],
    [5,"vendor_extension","NamedAny",1],
  ],
  SchemaItem: [
    [1,"schema","Schema",0],
    [2,"file_schema","FileSchema",0],
  ],
  FileSchema: [
    [1,"format","string",0],
    [2,"title","string",0],
    [3,"description","string",0],
    [4,"default","Any",0],
    [5,"required","string",1],
    [6,"type","string",0],
    [7,"read_only","bool",0],
    [8,"external_docs","ExternalDocs",0],
    [9,"example","Any",0],
    [10,"vendor_extension","NamedAny",1],
  ],
  Headers: [
    [1,"additional_properties","NamedHeader",1],
  ],
  NamedHeader: [
    [1,"name","string",0],
    [2,"value","Header",0],
  ],
  Header: [
    [1,"type","string",0],
    [2,"format","string",0],
    [3,"items","PrimitivesItems",0],
    [4,"collection_format","string",0],
    [5,"default","Any",0],
    [7,"exclusive_maximum","bool",0],
    [9,"exclusive_minimum","bool",0],
    [10,"max_length","int64",0],
    [11,"min_length","int64",0],
    [12,"pattern","string",0],
    [13,"max_items","int64",0],
    [14,"min_items","int64",0],
    [15,"unique_items","bool",0],
    [16,"enum","Any",1],
    [18,"description","string",0],
    [19,"vendor_extension","NamedAny",1],
  ],
  Examples: [
    [1,"additional_properties","NamedAny",1],
  ],
  SecurityRequirement: [
    [1,"additional_properties","NamedStringArray",1],
  ],
  NamedStringArray: [
    [1,"name","string",0],
    [2,"value","StringArray",0],
  ],
  StringArray: [
    [1,"value","string",1],
  ],
  ParameterDefinitions: [
    [1,"additional_properties","NamedParameter",1],
  ],
  NamedParameter: [
    [1,"name","string",0],
    [2,"value","Parameter",0],
  ],
  ResponseDefinitions: [
    [1,"additional_properties","NamedResponse",1],
  ],
  NamedResponse: [
    [1,"name","string",0],
    [2,"value","Response",0],
  ],
  SecurityDefinitions: [
    [1,"additional_properties","NamedSecurityDefinitionsItem",1],
  ],
  NamedSecurityDefinitionsItem: [
    [1,"name","string",0],
    [2,"value","SecurityDefinitionsItem",0],
  ],
  SecurityDefinitionsItem: [
    [1,"basic_authentication_security","BasicAuthenticationSecurity",0],
    [2,"api_key_security","ApiKeySecurity",0],
    [3,"oauth2_implicit_security","Oauth2ImplicitSecurity",0],
    [4,"oauth2_password_security","Oauth2PasswordSecurity",0],
    [5,"oauth2_application_security","Oauth2ApplicationSecurity",0],
    [6,"oauth2_access_code_security","Oauth2AccessCodeSecurity",0],
  ],
  Oauth2ImplicitSecurity: [
    [1,"type","string",0],
    [2,"flow","string",0],
    [3,"scopes","Oauth2Scopes",0],
    [4,"authorization_url","string",0],
    [5,"description","string",0],
    [6,"vendor_extension","NamedAny",1],
  ],
  Oauth2Scopes: [
    [1,"additional_properties","NamedString",1],
  ],
  NamedString: [
    [1,"name","string",0],
    [2,"value","string",0],
  ],
  Oauth2PasswordSecurity: [
    [1,"type","string",0],
    [2,"flow","string",0],
    [3,"scopes","Oauth2Scopes",0],
    [4,"token_url","string",0],
    [5,"description","string",0],
    [6,"vendor_extension","NamedAny",1],
  ],
  Oauth2ApplicationSecurity: [
    [1,"type","string",0],
    [2,"flow","string",0],
    [3,"scopes","Oauth2Scopes",0],
    [4,"token_url","string",0],
    [5,"description","string",0],
    [6,"vendor_extension","NamedAny",1],
  ],
  Oauth2AccessCodeSecurity: [
    [1,"type","string",0],
    [2,"flow","string",0],
    [3,"scopes","Oauth2Scopes",0],
    [4,"authorization_url","string",0],
    [5,"token_url","string",0],
    [6,"description","string",0],
    [7,"vendor_extension","NamedAny",1],
  ],
  Tag: [
    [1,"name","string",0],
    [2,"description","string",0],
    [3,"external_docs","ExternalDocs",0],
    [4,"vendor_extension","NamedAny",1],
  ],
  VendorExtension: [
    [1,"additional_properties","NamedAny",1],
  ],
};
