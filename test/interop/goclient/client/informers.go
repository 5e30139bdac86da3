package main

import (
	"context"
	"fmt"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// counted notes the events of one name and lets a case wait for them.
type counted struct {
	name                    string
	added, updated, deleted chan struct{}
	bad                     atomic.Int32
}

func countedFor(name string) *counted {
	return &counted{
		name:    name,
		added:   make(chan struct{}, 16),
		updated: make(chan struct{}, 16),
		deleted: make(chan struct{}, 16),
	}
}

func (c *counted) note(object any, to chan struct{}) {
	accessor, ok := object.(metav1.Object)
	if !ok {
		c.bad.Add(1)
		return
	}
	if accessor.GetName() == c.name {
		to <- struct{}{}
	}
}

func (c *counted) handlers() cache.ResourceEventHandlerFuncs {
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { c.note(object, c.added) },
		UpdateFunc: func(_, object any) { c.note(object, c.updated) },
		DeleteFunc: func(object any) { c.note(object, c.deleted) },
	}
}

func await(ctx context.Context, what string, from <-chan struct{}) error {
	select {
	case <-from:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("no event: %s", what)
	}
}

func typedInformer(ctx context.Context, config *rest.Config) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace("default"))
	informer := factory.Core().V1().ConfigMaps()
	events := countedFor("typed")
	if _, err := informer.Informer().AddEventHandler(events.handlers()); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	// In this order: a factory shuts down once its informers have been told to end.
	defer factory.Shutdown()
	defer cancel()
	factory.StartWithContext(ctx)
	if !cache.WaitForCacheSync(ctx.Done(), informer.Informer().HasSynced) {
		return fmt.Errorf("the cache did not sync")
	}
	maps := client.CoreV1().ConfigMaps("default")
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "typed"}}
	created, err := maps.Create(ctx, object, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if err := await(ctx, "added", events.added); err != nil {
		return err
	}
	created.Data = map[string]string{"key": "value"}
	if _, err := maps.Update(ctx, created, metav1.UpdateOptions{}); err != nil {
		return err
	}
	if err := await(ctx, "updated", events.updated); err != nil {
		return err
	}
	cached, err := informer.Lister().ConfigMaps("default").Get("typed")
	if err != nil {
		return err
	}
	if cached.Data["key"] != "value" {
		return fmt.Errorf("the cache has %v", cached.Data)
	}
	if err := maps.Delete(ctx, "typed", metav1.DeleteOptions{}); err != nil {
		return err
	}
	return await(ctx, "deleted", events.deleted)
}

func dynamicInformer(ctx context.Context, config *rest.Config) error {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	services := schema.GroupVersionResource{Version: "v1", Resource: "services"}
	factory := dynamicinformer.NewDynamicSharedInformerFactory(client, 0)
	informer := factory.ForResource(services)
	events := countedFor("dynamic")
	if _, err := informer.Informer().AddEventHandler(events.handlers()); err != nil {
		return err
	}
	stop := make(chan struct{})
	factory.Start(stop)
	defer factory.Shutdown()
	defer close(stop)
	if !cache.WaitForCacheSync(ctx.Done(), informer.Informer().HasSynced) {
		return fmt.Errorf("the cache did not sync")
	}
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1",
		"kind":       "Service",
		"metadata":   map[string]any{"name": "dynamic"},
		"spec":       map[string]any{"ports": []any{map[string]any{"port": int64(80)}}},
	}}
	api := client.Resource(services).Namespace("default")
	created, err := api.Create(ctx, object, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if err := await(ctx, "added", events.added); err != nil {
		return err
	}
	if ip, _, _ := unstructured.NestedString(created.Object, "spec", "clusterIP"); ip == "" {
		return fmt.Errorf("no clusterIP in %v", created.Object["spec"])
	}
	if err := api.Delete(ctx, "dynamic", metav1.DeleteOptions{}); err != nil {
		return err
	}
	return await(ctx, "deleted", events.deleted)
}
