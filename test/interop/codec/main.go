// Command codec answers, line by line on its standard input, what the published Go modules of
// Kubernetes make of objects: the reference that the native codec is compared with.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

// Request is one question; which fields count depends on Operation.
type Request struct {
	Operation  string          `json:"operation"`
	APIVersion string          `json:"apiVersion,omitempty"`
	Kind       string          `json:"kind,omitempty"`
	Seed       int64           `json:"seed,omitempty"`
	Live       json.RawMessage `json:"live,omitempty"`
	Object     json.RawMessage `json:"object,omitempty"`
	Patch      json.RawMessage `json:"patch,omitempty"`
	Text       string          `json:"text,omitempty"`
	Manager    string          `json:"manager,omitempty"`
	Sub        string          `json:"subresource,omitempty"`
	Body       []byte          `json:"body,omitempty"`
	Force      bool            `json:"force,omitempty"`
}

// Response is its answer; Error is upstream's text.
type Response struct {
	Kinds    []Kind   `json:"kinds,omitempty"`
	JSON     string   `json:"json,omitempty"`
	Protobuf []byte   `json:"protobuf,omitempty"`
	Text     string   `json:"text,omitempty"`
	Strict   []string `json:"strict,omitempty"`
	Error    string   `json:"error,omitempty"`
}

// Kind is what the reference knows.
type Kind struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
}

func answer(request Request) (Response, error) {
	switch request.Operation {
	case "kinds":
		return Response{Kinds: kinds()}, nil
	case "object":
		return object(request)
	case "decode":
		return decode(request)
	case "yaml":
		text, err := yaml.JSONToYAML([]byte(request.Text))
		return Response{Text: string(text)}, err
	case "readYaml":
		return readYAML(request.Body)
	case "quantity":
		return quantity(request)
	case "strategicMergePatch":
		return strategicMergePatch(request)
	case "labelSelector":
		return labelSelector(request)
	case "fieldSelector":
		return fieldSelector(request)
	case "apply":
		return apply(request)
	case "managedFields":
		return managedFields(request)
	}
	return Response{}, fmt.Errorf("unknown operation %q", request.Operation)
}

// readYAML reads a body as the server does: Strict tells what it refuses or warns of besides.
func readYAML(body []byte) (Response, error) {
	text, err := yaml.YAMLToJSON(body)
	response := Response{JSON: string(text)}
	if _, strict := yaml.YAMLToJSONStrict(body); err == nil && strict != nil {
		response.Strict = []string{strict.Error()}
	}
	return response, err
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<26)
	out := bufio.NewWriter(os.Stdout)
	for lines.Scan() {
		var request Request
		response, err := Response{}, json.Unmarshal(lines.Bytes(), &request)
		if err == nil {
			response, err = answer(request)
		}
		if err != nil {
			response.Error = err.Error()
		}
		data, err := json.Marshal(response)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		out.Write(append(data, '\n'))
		out.Flush()
	}
}
