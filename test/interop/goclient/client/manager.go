package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// manager runs a controller of controller-runtime: each ConfigMap labelled copied=yes gets a Secret
// that it owns.
func manager(ctx context.Context, config *rest.Config) error {
	ctx, cancel := context.WithCancel(ctx)
	log.SetLogger(klog.Background())
	runner, err := ctrl.NewManager(config, ctrl.Options{
		Metrics:                server.Options{BindAddress: "0"},
		HealthProbeBindAddress: "0",
	})
	if err != nil {
		cancel()
		return err
	}
	failure := make(chan error, 16)
	copied := &copier{client: runner.GetClient(), failure: failure}
	err = ctrl.NewControllerManagedBy(runner).For(&corev1.ConfigMap{}).Owns(&corev1.Secret{}).Complete(copied)
	if err != nil {
		cancel()
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- runner.Start(ctx) }()
	err = useCopier(ctx, runner.GetAPIReader(), runner.GetClient(), failure)
	cancel()
	if stopped := <-ended; err == nil {
		err = stopped
	}
	return err
}

type copier struct {
	client  client.Client
	failure chan<- error
}

func (c *copier) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	source := &corev1.ConfigMap{}
	if err := c.client.Get(ctx, request.NamespacedName, source); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if source.Labels["copied"] != "yes" {
		return ctrl.Result{}, nil
	}
	target := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: source.Namespace, Name: source.Name}}
	_, err := controllerutil.CreateOrUpdate(ctx, c.client, target, func() error {
		target.StringData = source.Data
		return controllerutil.SetControllerReference(source, target, c.client.Scheme())
	})
	if err != nil {
		c.failure <- err
	}
	return ctrl.Result{}, err
}

// useCopier makes the manager work and waits for what it made, then for what its owner's end removes.
func useCopier(ctx context.Context, reader client.Reader, writer client.Client, failure <-chan error) error {
	source := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "copied", Labels: map[string]string{"copied": "yes"}},
		Data:       map[string]string{"key": "value"},
	}
	if err := writer.Create(ctx, source); err != nil {
		return err
	}
	target := &corev1.Secret{}
	if err := poll(ctx, failure, func() (bool, error) {
		err := reader.Get(ctx, client.ObjectKeyFromObject(source), target)
		return err == nil, client.IgnoreNotFound(err)
	}); err != nil {
		return fmt.Errorf("the copy: %w", err)
	}
	if string(target.Data["key"]) != "value" || !metav1.IsControlledBy(target, source) {
		return fmt.Errorf("the copy is %v of %v", target.Data, target.OwnerReferences)
	}
	if err := writer.Delete(ctx, source); err != nil {
		return err
	}
	return poll(ctx, failure, func() (bool, error) {
		err := reader.Get(ctx, client.ObjectKeyFromObject(source), &corev1.Secret{})
		return err != nil, client.IgnoreNotFound(err)
	})
}

// poll asks every tenth of a second until it is so, or something has failed.
func poll(ctx context.Context, failure <-chan error, isSo func() (bool, error)) error {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		if so, err := isSo(); so || err != nil {
			return err
		}
		select {
		case err := <-failure:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
