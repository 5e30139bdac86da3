package main

import (
	"bytes"
	"encoding/json"
	"math/rand"
	"sort"
	"time"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	jsonserializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/util/intstr"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	"sigs.k8s.io/randfill"
)

var scheme = newScheme()

func newScheme() *runtime.Scheme {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		clientscheme.AddToScheme, apiextensions.AddToScheme, apiregistration.AddToScheme,
	} {
		if err := add(s); err != nil {
			panic(err)
		}
	}
	return s
}

func kinds() []Kind {
	var all []Kind
	for gvk := range scheme.AllKnownTypes() {
		if gvk.Version != runtime.APIVersionInternal {
			all = append(all, Kind{gvk.GroupVersion().String(), gvk.Kind})
		}
	}
	sort.Slice(all, func(i, j int) bool {
		return all[i].APIVersion+all[i].Kind < all[j].APIVersion+all[j].Kind
	})
	return all
}

func kindOf(request Request) schema.GroupVersionKind {
	return schema.FromAPIVersionAndKind(request.APIVersion, request.Kind)
}

// object makes the zero object of a kind, or a random one where a seed is given.
func object(request Request) (Response, error) {
	obj, err := scheme.New(kindOf(request))
	if err != nil {
		return Response{}, err
	}
	if request.Seed != 0 {
		filler(request.Seed).Fill(obj)
	}
	if err := withItems(obj); err != nil {
		return Response{}, err
	}
	return encoded(obj, kindOf(request))
}

func encoded(obj runtime.Object, kind schema.GroupVersionKind) (Response, error) {
	obj.GetObjectKind().SetGroupVersionKind(kind)
	var text, proto bytes.Buffer
	if err := jsonSerializer(false).Encode(obj, &text); err != nil {
		return Response{}, err
	}
	response := Response{JSON: text.String()}
	if err := protobuf.NewSerializer(scheme, scheme).Encode(obj, &proto); err != nil {
		return response, nil
	}
	response.Protobuf = proto.Bytes()
	again, _, err := protobuf.NewSerializer(scheme, scheme).Decode(proto.Bytes(), &kind, nil)
	if err != nil {
		return Response{}, err
	}
	text.Reset()
	again.GetObjectKind().SetGroupVersionKind(kind)
	if err := withItems(again); err != nil {
		return Response{}, err
	}
	err = jsonSerializer(false).Encode(again, &text)
	response.Text = text.String()
	return response, err
}

// withItems makes a list without items what the API server answers: one with no nil in it.
func withItems(obj runtime.Object) error {
	if items, err := meta.ExtractList(obj); err != nil || len(items) > 0 {
		return nil
	}
	return meta.SetList(obj, nil)
}

func jsonSerializer(strict bool) *jsonserializer.Serializer {
	options := jsonserializer.SerializerOptions{Strict: strict}
	return jsonserializer.NewSerializerWithOptions(jsonserializer.DefaultMetaFactory, scheme, scheme, options)
}

func filler(seed int64) *randfill.Filler {
	// No empty lists: in protobuf they are like nil ones, in JSON they are not.
	return randfill.NewWithSeed(seed).NilChance(0.4).NumElements(1, 3).MaxDepth(14).Funcs(
		func(t *metav1.Time, c randfill.Continue) {
			// Never zero: a pointer to a zero time is null in JSON and then no pointer any more.
			t.Time = time.Unix(c.Int63n(4e9), 0)
		},
		func(t *metav1.MicroTime, c randfill.Continue) {
			t.Time = time.Unix(c.Int63n(4e9), c.Int63n(1e6)*1000)
		},
		func(d *metav1.Duration, c randfill.Continue) { d.Duration = time.Duration(c.Int63()) },
		func(q *resource.Quantity, c randfill.Continue) { *q = resource.MustParse(randomQuantity(c.Rand)) },
		func(v *intstr.IntOrString, c randfill.Continue) {
			if c.Bool() {
				*v = intstr.FromInt32(c.Int31())
			} else {
				*v = intstr.FromString(c.String(20))
			}
		},
		func(r *runtime.RawExtension, c randfill.Continue) {
			r.Raw = []byte(`{"kind":"X","n":` + []string{"1.0", "-0", "9007199254740993"}[c.Intn(3)] + `}`)
		},
		func(f *metav1.FieldsV1, c randfill.Continue) { f.SetRawBytes([]byte(`{"f:a":{".":{}}}`)) },
		func(t *metav1.TypeMeta, c randfill.Continue) {},
		func(j *apiextensions.JSON, c randfill.Continue) { j.Raw = []byte(`{"ab":[1,2]}`) },
		func(s *apiextensions.JSONSchemaPropsOrBool, c randfill.Continue) {
			s.Allows = true
			if c.Bool() {
				s.Schema = &apiextensions.JSONSchemaProps{Type: "string"}
			}
		},
		func(s *apiextensions.JSONSchemaPropsOrArray, c randfill.Continue) {
			s.Schema = &apiextensions.JSONSchemaProps{Type: "string"}
		},
		func(s *apiextensions.JSONSchemaPropsOrStringArray, c randfill.Continue) {
			s.Property = []string{"a"}
		},
	)
}

func randomQuantity(r *rand.Rand) string {
	digits := []string{"0", "1", "5", "100", "1000", "1023", "1024", "1536", "999999", "0.5", "1.25", ".1"}
	suffixes := []string{"", "m", "u", "n", "k", "M", "G", "T", "Ki", "Mi", "Gi", "e3", "E2", "e-3"}
	return digits[r.Intn(len(digits))] + suffixes[r.Intn(len(suffixes))]
}

// decode reads JSON strictly, as the API server does.
func decode(request Request) (Response, error) {
	kind := kindOf(request)
	into, err := scheme.New(kind)
	if err != nil {
		return Response{}, err
	}
	obj, _, err := jsonSerializer(true).Decode([]byte(request.Text), &kind, into)
	if strict, ok := runtime.AsStrictDecodingError(err); ok {
		response, err := encoded(obj, kind)
		for _, problem := range strict.Errors() {
			response.Strict = append(response.Strict, problem.Error())
		}
		return response, err
	}
	if err != nil {
		return Response{}, err
	}
	return encoded(obj, kind)
}

func quantity(request Request) (Response, error) {
	var q resource.Quantity
	if err := json.Unmarshal([]byte(request.Text), &q); err != nil {
		return Response{}, err
	}
	return Response{Text: q.String()}, nil
}
