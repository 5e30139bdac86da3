package main

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/managedfields"
)

// apply answers the object after a configuration was applied to the live one, or to none.
func apply(request Request) (Response, error) {
	kind := kindOf(request)
	live, err := typed(request, request.Live)
	if err != nil {
		return Response{}, err
	}
	live.GetObjectKind().SetGroupVersionKind(kind)
	wanted := &unstructured.Unstructured{Object: map[string]interface{}{}}
	if err := json.Unmarshal(request.Patch, &wanted.Object); err != nil {
		return Response{}, err
	}
	unsafe := runtime.UnsafeObjectConvertor(scheme)
	manager, err := managedfields.NewDefaultFieldManager(
		converter(), unsafe, scheme, scheme, kind, kind.GroupVersion(), request.Sub, nil,
	)
	if err != nil {
		return Response{}, err
	}
	applied, err := manager.Apply(live, wanted, request.Manager, request.Force)
	if err != nil {
		return Response{}, err
	}
	return encoded(applied, kind)
}
