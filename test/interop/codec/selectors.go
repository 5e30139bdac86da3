package main

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
)

// labelSelector reads a label selector: Text as upstream prints it, JSON which of the sets of
// labels in Object it selects.
func labelSelector(request Request) (Response, error) {
	selector, err := labels.Parse(request.Text)
	if err != nil {
		return Response{}, err
	}
	var sets []labels.Set
	if err := json.Unmarshal(request.Object, &sets); err != nil {
		return Response{}, err
	}
	return selected(selector.String(), len(sets), func(i int) bool { return selector.Matches(sets[i]) })
}

// fieldSelector is labelSelector for field selectors; an absent field is the empty string.
func fieldSelector(request Request) (Response, error) {
	selector, err := fields.ParseSelector(request.Text)
	if err != nil {
		return Response{}, err
	}
	var sets []fields.Set
	if err := json.Unmarshal(request.Object, &sets); err != nil {
		return Response{}, err
	}
	return selected(selector.String(), len(sets), func(i int) bool { return selector.Matches(sets[i]) })
}

func selected(text string, count int, matches func(int) bool) (Response, error) {
	all := make([]bool, count)
	for i := range all {
		all[i] = matches(i)
	}
	data, err := json.Marshal(all)
	return Response{Text: text, JSON: string(data)}, err
}
