package main

import (
	"encoding/json"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/applyconfigurations"
)

func typed(request Request, data []byte) (runtime.Object, error) {
	obj, err := scheme.New(kindOf(request))
	if err != nil || len(data) == 0 {
		return obj, err
	}
	err = json.Unmarshal(data, obj)
	return obj, err
}

func strategicMergePatch(request Request) (Response, error) {
	original, err := typed(request, request.Object)
	if err != nil {
		return Response{}, err
	}
	document, err := runtime.DefaultUnstructuredConverter.ToUnstructured(original)
	if err != nil {
		return Response{}, err
	}
	patch := map[string]interface{}{}
	if err := utiljson.Unmarshal(request.Patch, &patch); err != nil {
		return Response{}, err
	}
	empty, err := typed(request, nil)
	if err != nil {
		return Response{}, err
	}
	meta, err := strategicpatch.NewPatchMetaFromStruct(empty)
	if err != nil {
		return Response{}, err
	}
	merged, err := strategicpatch.StrategicMergeMapPatchUsingLookupPatchMeta(document, patch, meta)
	if err != nil {
		return Response{}, err
	}
	text, err := json.Marshal(merged)
	if err != nil {
		return Response{}, err
	}
	result, err := typed(request, text)
	if err != nil {
		return Response{}, err
	}
	return encoded(result, kindOf(request))
}

var converter = sync.OnceValue(func() managedfields.TypeConverter {
	return applyconfigurations.NewTypeConverter(scheme)
})

// managedFields answers the object after an update by the manager.
func managedFields(request Request) (Response, error) {
	kind := kindOf(request)
	live, err := typed(request, request.Live)
	if err != nil {
		return Response{}, err
	}
	object, err := typed(request, request.Object)
	if err != nil {
		return Response{}, err
	}
	live.GetObjectKind().SetGroupVersionKind(kind)
	object.GetObjectKind().SetGroupVersionKind(kind)
	unsafe := runtime.UnsafeObjectConvertor(scheme)
	manager, err := managedfields.NewDefaultFieldManager(
		converter(), unsafe, scheme, scheme, kind, kind.GroupVersion(), request.Sub, nil,
	)
	if err != nil {
		return Response{}, err
	}
	updated, err := manager.Update(live, object, request.Manager)
	if err != nil {
		return Response{}, err
	}
	return encoded(updated, kind)
}
