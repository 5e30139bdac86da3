package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/tools/pager"
	"k8s.io/client-go/util/retry"
)

const protobuf = "application/vnd.kubernetes.protobuf"

func protobufTypes(ctx context.Context, config *rest.Config) error {
	config = rest.CopyConfig(config)
	config.ContentType = protobuf
	config.AcceptContentTypes = protobuf
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	maps := client.CoreV1().ConfigMaps("default")
	object := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "proto"},
		BinaryData: map[string][]byte{"bytes": {0, 1, 255}},
	}
	if _, err := maps.Create(ctx, object, metav1.CreateOptions{}); err != nil {
		return err
	}
	read, err := maps.Get(ctx, "proto", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if string(read.BinaryData["bytes"]) != "\x00\x01\xff" {
		return fmt.Errorf("read %v", read.BinaryData)
	}
	list, err := maps.List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=proto"})
	if err != nil {
		return err
	}
	if len(list.Items) != 1 {
		return fmt.Errorf("listed %d", len(list.Items))
	}
	watcher, err := maps.Watch(ctx, metav1.ListOptions{ResourceVersion: list.ResourceVersion})
	if err != nil {
		return err
	}
	defer watcher.Stop()
	patch := []byte(`{"data":{"a":"b"}}`)
	if _, err := maps.Patch(ctx, "proto", types.StrategicMergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return err
	}
	event := <-watcher.ResultChan()
	changed, ok := event.Object.(*corev1.ConfigMap)
	if event.Type != watch.Modified || !ok || changed.Data["a"] != "b" {
		return fmt.Errorf("watched %v %v", event.Type, event.Object)
	}
	_, err = maps.Get(ctx, "absent", metav1.GetOptions{})
	if !apierrors.IsNotFound(err) {
		return fmt.Errorf("want NotFound, got %v", err)
	}
	return maps.Delete(ctx, "proto", metav1.DeleteOptions{})
}

// watchList asks for the state as events that end in a bookmark (KEP-3157).
func watchList(ctx context.Context, config *rest.Config) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	yes := true
	watcher, err := client.CoreV1().Namespaces().Watch(ctx, metav1.ListOptions{
		SendInitialEvents:    &yes,
		AllowWatchBookmarks:  true,
		ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan,
	})
	if err != nil {
		return err
	}
	defer watcher.Stop()
	names := map[string]bool{}
	for event := range watcher.ResultChan() {
		namespace, ok := event.Object.(*corev1.Namespace)
		if !ok {
			return fmt.Errorf("watched %v %v", event.Type, event.Object)
		}
		switch event.Type {
		case watch.Added:
			names[namespace.Name] = true
		case watch.Bookmark:
			if namespace.Annotations[metav1.InitialEventsAnnotationKey] != "true" {
				return fmt.Errorf("the bookmark has %v", namespace.Annotations)
			}
			if namespace.ResourceVersion == "" {
				return fmt.Errorf("the bookmark has no resource version")
			}
			if !names["default"] || !names["kube-system"] {
				return fmt.Errorf("before the bookmark: %v", names)
			}
			return nil
		default:
			return fmt.Errorf("watched %v", event.Type)
		}
	}
	return fmt.Errorf("the watch ended before its bookmark")
}

func leaderElection(ctx context.Context, config *rest.Config) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	elect := func(ctx context.Context, identity string, led func(context.Context)) error {
		lock := &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Namespace: "default", Name: "elected"},
			Client:     client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: identity},
		}
		elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
			Lock:            lock,
			LeaseDuration:   15 * time.Second,
			RenewDeadline:   10 * time.Second,
			RetryPeriod:     200 * time.Millisecond,
			ReleaseOnCancel: true,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: led,
				OnStoppedLeading: func() {},
			},
		})
		if err != nil {
			return err
		}
		elector.Run(ctx)
		return nil
	}
	// The second can only lead once the first has let go, well before the lease runs out.
	for _, identity := range []string{"first", "second"} {
		one, cancel := context.WithCancel(ctx)
		led := make(chan string, 1)
		if err := elect(one, identity, func(context.Context) {
			lease, err := client.CoordinationV1().Leases("default").Get(ctx, "elected", metav1.GetOptions{})
			if err != nil {
				led <- err.Error()
			} else if lease.Spec.HolderIdentity == nil {
				led <- "nobody"
			} else {
				led <- *lease.Spec.HolderIdentity
			}
			cancel()
		}); err != nil {
			cancel()
			return err
		}
		cancel()
		if holder := <-led; holder != identity {
			return fmt.Errorf("%s leads, but the lease says %s", identity, holder)
		}
	}
	return nil
}

// tables asks for what kubectl prints.
func tables(ctx context.Context, config *rest.Config) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	table := &metav1.Table{}
	err = client.CoreV1().RESTClient().Get().Resource("nodes").
		SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json").
		Param("includeObject", string(metav1.IncludeMetadata)).
		Do(ctx).Into(table)
	if err != nil {
		return err
	}
	columns := []string{}
	for _, column := range table.ColumnDefinitions {
		if column.Priority == 0 {
			columns = append(columns, column.Name)
		}
	}
	if got := fmt.Sprint(columns); got != "[Name Status Roles Age Version]" {
		return fmt.Errorf("columns %s", got)
	}
	if len(table.Rows) != 2 || table.Rows[0].Cells[0] != "node-0" || table.Rows[0].Cells[1] != "Ready" {
		return fmt.Errorf("rows %v", table.Rows)
	}
	partial := &metav1.PartialObjectMetadata{}
	if err := json.Unmarshal(table.Rows[0].Object.Raw, partial); err != nil {
		return err
	}
	if partial.Kind != "PartialObjectMetadata" || partial.Name != "node-0" {
		return fmt.Errorf("the row's object is %s %s", partial.Kind, partial.Name)
	}
	return nil
}

// pages lists with a limit and reads all pages, as of one resource version.
func pages(ctx context.Context, config *rest.Config) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	requests := 0
	page := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		requests++
		return client.RbacV1().ClusterRoles().List(ctx, options)
	})
	page.PageSize = 7
	seen := map[string]bool{}
	err = page.EachListItem(ctx, metav1.ListOptions{}, func(object runtime.Object) error {
		seen[object.(metav1.Object).GetName()] = true
		return nil
	})
	if err != nil {
		return err
	}
	if !seen["cluster-admin"] || !seen["view"] || requests != (len(seen)+6)/7 {
		return fmt.Errorf("%d roles in %d pages", len(seen), requests)
	}
	return nil
}

func conflicts(ctx context.Context, config *rest.Config) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	maps := client.CoreV1().ConfigMaps("default")
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "conflict-"}}
	created, err := maps.Create(ctx, object, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	stale := created.DeepCopy()
	created.Data = map[string]string{"first": "1"}
	if _, err := maps.Update(ctx, created, metav1.UpdateOptions{}); err != nil {
		return err
	}
	if _, err := maps.Update(ctx, stale, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
		return fmt.Errorf("want Conflict, got %v", err)
	}
	err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
		_, err := maps.Update(ctx, stale, metav1.UpdateOptions{})
		if !apierrors.IsConflict(err) {
			return err
		}
		fresh, getErr := maps.Get(ctx, stale.Name, metav1.GetOptions{})
		if getErr != nil {
			return getErr
		}
		stale = fresh
		return err
	})
	if err != nil {
		return err
	}
	wrong := types.UID("00000000-0000-0000-0000-000000000000")
	err = maps.Delete(ctx, stale.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &wrong}})
	if !apierrors.IsConflict(err) {
		return fmt.Errorf("want Conflict for another UID, got %v", err)
	}
	if _, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: stale.Name}}, metav1.CreateOptions{}); !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("want AlreadyExists, got %v", err)
	}
	return maps.Delete(ctx, stale.Name, metav1.DeleteOptions{})
}
