// Command envtest starts a control plane as tests of Go controllers do, from the programs in
// KUBEBUILDER_ASSETS, writes and reads with it, and stops it.
package main

import (
	"context"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
)

func main() {
	log.SetLogger(zap.New())
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ok")
}

func run(ctx context.Context) (err error) {
	// What is stored as custom resources needs an API server that serves them.
	environment := &envtest.Environment{}
	config, err := environment.Start()
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	defer func() {
		if stopped := environment.Stop(); err == nil && stopped != nil {
			err = fmt.Errorf("stop: %w", stopped)
		}
	}()
	all, err := client.NewWithWatch(config, client.Options{})
	if err != nil {
		return err
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "made"}}
	if err := all.Create(ctx, namespace); err != nil {
		return fmt.Errorf("create a namespace: %w", err)
	}
	watch, err := all.Watch(ctx, &corev1.ConfigMapList{}, client.InNamespace("made"))
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	defer watch.Stop()
	object := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "one", Namespace: "made"},
		Data:       map[string]string{"size": "3"},
	}
	if err := all.Create(ctx, object); err != nil {
		return fmt.Errorf("create an object: %w", err)
	}
	for event := range watch.ResultChan() {
		if made, ok := event.Object.(*corev1.ConfigMap); ok && made.Name == object.Name {
			break
		}
	}
	user, err := environment.AddUser(envtest.User{Name: "reader", Groups: []string{"readers"}}, nil)
	if err != nil {
		return fmt.Errorf("add a user: %w", err)
	}
	reader, err := client.New(user.Config(), client.Options{})
	if err != nil {
		return err
	}
	key := client.ObjectKey{Name: "made"}
	if err := reader.Get(ctx, key, &corev1.Namespace{}); err == nil {
		return fmt.Errorf("a user without a role read a namespace")
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "readers"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "view"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "Group", Name: "readers"}},
	}
	if err := all.Create(ctx, binding); err != nil {
		return fmt.Errorf("bind a role: %w", err)
	}
	maps := &corev1.ConfigMapList{}
	for reader.List(ctx, maps, client.InNamespace("made")) != nil {
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}
