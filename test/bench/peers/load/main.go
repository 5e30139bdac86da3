// A load on an API server, by client-go: one row of the comparison a run. It prints one JSON object
// when the row is done. What it asks is bounded by its flags, and it only asks the given server.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

const (
	protobuf  = "application/vnd.kubernetes.protobuf"
	namespace = "default"
)

var (
	server   = flag.String("server", "", "URL of the API server")
	token    = flag.String("token", "", "bearer token")
	row      = flag.String("row", "", "what to do")
	clients  = flag.Int("clients", 1, "clients at once, each with a connection of its own")
	seconds  = flag.Float64("seconds", 2, "how long; ignored where a count is given")
	count    = flag.Int("count", 0, "how many in all; 0 for as long as --seconds")
	objects  = flag.Int("objects", 1000, "how many objects are updated in turn")
	watchers = flag.Int("watchers", 1000, "how many watches")
	media    = flag.String("media", protobuf, "media type of what is sent and accepted")
	prefix   = flag.String("prefix", "x", "of names, so that rows do not meet")
)

type result struct {
	Operations int     `json:"operations"`
	Seconds    float64 `json:"seconds"`
	P50        float64 `json:"p50Milliseconds"`
	P99        float64 `json:"p99Milliseconds"`
	Bytes      int64   `json:"bytes"`
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// config of a client that shares its connection with no other: a dialer of its own keeps it out of
// the cache of transports.
func config(contentType string) *rest.Config {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	return &rest.Config{
		Host:            *server,
		BearerToken:     *token,
		TLSClientConfig: rest.TLSClientConfig{Insecure: true},
		ContentConfig:   rest.ContentConfig{ContentType: contentType, AcceptContentTypes: contentType},
		QPS:             -1,
		Dial:            dialer.DialContext,
	}
}

func connect(n int, contentType string) []*kubernetes.Clientset {
	all := make([]*kubernetes.Clientset, n)
	for i := range all {
		one, err := kubernetes.NewForConfig(config(contentType))
		check(err)
		all[i] = one
	}
	return all
}

// pod has about 1.3 KB as it is sent.
func pod(name, scheduler string) *corev1.Pod {
	var environment []corev1.EnvVar
	for i := range 12 {
		value := fmt.Sprintf("value-of-the-variable-%d-%s", i, strings.Repeat("x", 24))
		environment = append(environment, corev1.EnvVar{Name: fmt.Sprintf("VARIABLE_%d", i), Value: value})
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": "bench", "tier": "web"}},
		Spec: corev1.PodSpec{
			SchedulerName: scheduler,
			Containers: []corev1.Container{{
				Name: "web", Image: "registry.local/web:1", Env: environment,
				Ports: []corev1.ContainerPort{{ContainerPort: 80}},
				Resources: corev1.ResourceRequirements{
					Requests: corev1.ResourceList{
						corev1.ResourceCPU: resource.MustParse("10m"), corev1.ResourceMemory: resource.MustParse("16Mi"),
					},
					Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("128Mi")},
				},
			}},
		},
	}
}

func configMap(name, text string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Data:       map[string]string{"text": text + strings.Repeat("x", 1024-len(text))},
	}
}

// run calls the operation over and over by all clients, for the time or the count that is asked.
func run(all []*kubernetes.Clientset, operation func(*kubernetes.Clientset, int) error) result {
	var next atomic.Int64
	var group sync.WaitGroup
	times := make([][]float64, len(all))
	started := time.Now()
	end := started.Add(time.Duration(*seconds * float64(time.Second)))
	for i, one := range all {
		group.Go(func() {
			for {
				index := int(next.Add(1)) - 1
				if *count > 0 && index >= *count || *count == 0 && time.Now().After(end) {
					return
				}
				before := time.Now()
				check(operation(one, index))
				times[i] = append(times[i], time.Since(before).Seconds()*1000)
			}
		})
	}
	group.Wait()
	elapsed := time.Since(started).Seconds()
	var flat []float64
	for _, some := range times {
		flat = append(flat, some...)
	}
	sort.Float64s(flat)
	found := result{Operations: len(flat), Seconds: elapsed}
	if len(flat) > 0 {
		found.P50, found.P99 = flat[len(flat)/2], flat[len(flat)*99/100]
	}
	return found
}

func name(index int) string { return fmt.Sprintf("%s-%d", *prefix, index) }

var background = context.Background()

func createPods(scheduler string) result {
	return run(connect(*clients, *media), func(one *kubernetes.Clientset, index int) error {
		_, err := one.CoreV1().Pods(namespace).Create(background, pod(name(index), scheduler), metav1.CreateOptions{})
		return err
	})
}

func createConfigMaps() result {
	return run(connect(*clients, *media), func(one *kubernetes.Clientset, index int) error {
		_, err := one.CoreV1().ConfigMaps(namespace).Create(background, configMap(name(index), ""), metav1.CreateOptions{})
		return err
	})
}

func getPods() result {
	return run(connect(*clients, *media), func(one *kubernetes.Clientset, index int) error {
		_, err := one.CoreV1().Pods(namespace).Get(background, name(index%*objects), metav1.GetOptions{})
		return err
	})
}

// updatePods has each client update pods that are its own, with the version that it has last seen.
func updatePods() result {
	all := connect(*clients, *media)
	list, err := all[0].CoreV1().Pods(namespace).List(background, metav1.ListOptions{Limit: int64(*objects)})
	check(err)
	known := make(chan *corev1.Pod, len(list.Items))
	for i := range list.Items {
		known <- &list.Items[i]
	}
	return run(all, func(one *kubernetes.Clientset, index int) error {
		changed := <-known
		changed.Labels["turn"] = fmt.Sprint(index)
		updated, err := one.CoreV1().Pods(namespace).Update(background, changed, metav1.UpdateOptions{})
		if err == nil {
			known <- updated
		}
		return err
	})
}

// list reads whole lists of pods without decoding them.
func list() result {
	all := connect(1, *media)
	var bytes atomic.Int64
	found := run(all, func(one *kubernetes.Clientset, _ int) error {
		body, err := one.CoreV1().RESTClient().Get().Namespace(namespace).Resource("pods").
			SetHeader("Accept", *media).Stream(background)
		if err != nil {
			return err
		}
		defer body.Close()
		n, err := io.Copy(io.Discard, body)
		bytes.Store(n)
		return err
	})
	found.Bytes = bytes.Load()
	return found
}

// listChanged is one whole list after another one and after every hundredth pod was changed, neither
// of which is of the row: it prints `ready` after them, and goes on when it is given a line.
func listChanged() result {
	one := connect(1, protobuf)[0]
	found, err := one.CoreV1().Pods(namespace).List(background, metav1.ListOptions{})
	check(err)
	for at := 0; at < len(found.Items); at += 100 {
		patch := fmt.Appendf(nil, `{"metadata":{"labels":{"turn":"%d"}}}`, time.Now().UnixNano())
		_, err := one.CoreV1().Pods(namespace).Patch(
			background, found.Items[at].Name, types.MergePatchType, patch, metav1.PatchOptions{})
		check(err)
	}
	*count = 1
	proceed()
	return list()
}

// frames counts the events of a watch without decoding them, and calls back at each.
func frames(body io.Reader, contentType string, seen func(bytes int)) error {
	reader := bufio.NewReaderSize(body, 64<<10)
	for {
		if contentType == protobuf {
			var head [4]byte
			if _, err := io.ReadFull(reader, head[:]); err != nil {
				return err
			}
			size := int(binary.BigEndian.Uint32(head[:]))
			if _, err := reader.Discard(size); err != nil {
				return err
			}
			seen(size + 4)
		} else {
			size := 0
			for {
				part, err := reader.ReadSlice('\n')
				size += len(part)
				if err == nil {
					break
				}
				if err != bufio.ErrBufferFull {
					return err
				}
			}
			seen(size)
		}
	}
}

// watch opens watches, updates the status of pods and waits until each watch has seen all of it. A
// connection carries up to 100 watches. CPU before the first update is not of the row: it prints
// `ready`, and goes on when it is given a line.
func watch() result {
	accept := *media
	if accept == protobuf {
		accept += ";stream=watch"
	}
	writers := connect(8, protobuf)
	first, err := writers[0].CoreV1().Pods(namespace).List(background, metav1.ListOptions{Limit: int64(*objects)})
	check(err)
	if len(first.Items) < *objects {
		check(fmt.Errorf("%d pods are there, %d are needed", len(first.Items), *objects))
	}
	version, err := writers[0].CoreV1().Pods(namespace).List(background, metav1.ListOptions{Limit: 1})
	check(err)
	readers := connect((*watchers+99)/100, *media)
	var opened, done sync.WaitGroup
	var bytes atomic.Int64
	opened.Add(*watchers)
	done.Add(*watchers)
	for i := range *watchers {
		reader := readers[i/100]
		go func() {
			body, err := reader.CoreV1().RESTClient().Get().Namespace(namespace).Resource("pods").
				VersionedParams(&metav1.ListOptions{Watch: true, ResourceVersion: version.ResourceVersion}, metav1.ParameterCodec).
				SetHeader("Accept", accept).Stream(background)
			check(err)
			opened.Done()
			left := *count
			err = frames(body, *media, func(size int) {
				bytes.Add(int64(size))
				if left--; left == 0 {
					done.Done()
				}
			})
			if left > 0 {
				check(fmt.Errorf("a watch ended %d events early: %w", left, err))
			}
		}()
	}
	opened.Wait()
	proceed()
	started := time.Now()
	known := make(chan *corev1.Pod, len(first.Items))
	for i := range first.Items {
		known <- &first.Items[i]
	}
	updates := run(writers, func(one *kubernetes.Clientset, index int) error {
		changed := <-known
		changed.Status.Message = fmt.Sprint("turn ", *prefix, index)
		updated, err := one.CoreV1().Pods(namespace).UpdateStatus(background, changed, metav1.UpdateOptions{})
		if err == nil {
			known <- updated
		}
		return err
	})
	done.Wait()
	return result{
		Operations: updates.Operations * *watchers, Seconds: time.Since(started).Seconds(),
		P50: updates.P50, P99: updates.P99, Bytes: bytes.Load(),
	}
}

// proceed says that what comes before the row is done, and waits for a line.
func proceed() {
	fmt.Println("ready")
	_, err := bufio.NewReader(os.Stdin).ReadString('\n')
	check(err)
}

// nodes makes nodes that are ready and have room for 110 pods each.
func nodes() result {
	return run(connect(*clients, *media), func(one *kubernetes.Clientset, index int) error {
		host := fmt.Sprintf("node-%d", index)
		capacity := corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse("32"), corev1.ResourceMemory: resource.MustParse("64Gi"),
			corev1.ResourcePods: resource.MustParse("110"),
		}
		now := metav1.Now()
		_, err := one.CoreV1().Nodes().Create(background, &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: host, Labels: map[string]string{
				"kubernetes.io/hostname": host, "kubernetes.io/os": "linux",
				"topology.kubernetes.io/zone": fmt.Sprintf("zone-%d", index%3),
			}},
			Status: corev1.NodeStatus{Capacity: capacity, Allocatable: capacity, Conditions: []corev1.NodeCondition{{
				Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastHeartbeatTime: now, LastTransitionTime: now,
			}}},
		}, metav1.CreateOptions{})
		if err != nil {
			return err
		}
		// Who makes a node marks it as not ready; nobody runs here who takes that off.
		made, err := one.CoreV1().Nodes().Get(background, host, metav1.GetOptions{})
		if err != nil {
			return err
		}
		made.Spec.Taints = nil
		_, err = one.CoreV1().Nodes().Update(background, made, metav1.UpdateOptions{})
		return err
	})
}

// schedule creates pods and waits until an informer has seen each of them bound: it goes on where a
// server ends a watch that cannot follow.
func schedule() result {
	factory := informers.NewSharedInformerFactoryWithOptions(
		connect(1, *media)[0], 0, informers.WithNamespace(namespace))
	informer := factory.Core().V1().Pods().Informer()
	bound := map[string]bool{}
	done := make(chan struct{})
	see := func(object any) {
		one, isPod := object.(*corev1.Pod)
		if !isPod || one.Spec.NodeName == "" || !strings.HasPrefix(one.Name, *prefix) || bound[one.Name] {
			return
		}
		bound[one.Name] = true
		if len(bound) == *count {
			close(done)
		}
	}
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: see, UpdateFunc: func(_, changed any) { see(changed) },
	})
	check(err)
	stop := make(chan struct{})
	defer close(stop)
	factory.Start(stop)
	factory.WaitForCacheSync(stop)
	started := time.Now()
	created := createPods("default-scheduler")
	select {
	case <-done:
	case <-time.After(5 * time.Minute):
		check(fmt.Errorf("not every pod was bound within five minutes"))
	}
	created.Seconds = time.Since(started).Seconds()
	return created
}

// createTo creates pods until there are as many as the count says.
func createTo() result {
	one := connect(1, *media)[0]
	there, err := one.CoreV1().Pods(namespace).List(background, metav1.ListOptions{Limit: 1})
	check(err)
	have := len(there.Items)
	if there.RemainingItemCount != nil {
		have += int(*there.RemainingItemCount)
	}
	if *count -= have; *count <= 0 {
		return result{}
	}
	return createPods("nobody")
}

// prepare makes what a cluster's controllers would, the service account that pods get, and lets the
// load's user do everything.
func prepare() result {
	one := connect(1, *media)[0]
	_, err := one.CoreV1().Namespaces().Create(background, &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{Name: namespace}}, metav1.CreateOptions{})
	if !apierrors.IsAlreadyExists(err) {
		check(err)
	}
	_, err = one.CoreV1().ServiceAccounts(namespace).Create(background, &corev1.ServiceAccount{
		ObjectMeta: metav1.ObjectMeta{Name: "default"}}, metav1.CreateOptions{})
	if !apierrors.IsAlreadyExists(err) {
		check(err)
	}
	_, err = one.RbacV1().ClusterRoleBindings().Create(background, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "bench"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: "bench-user"}},
	}, metav1.CreateOptions{})
	check(err)
	return result{}
}

func main() {
	flag.Parse()
	rows := map[string]func() result{
		"prepare":          prepare,
		"create-pods":      func() result { return createPods("nobody") },
		"create-to":        createTo,
		"create-configmap": createConfigMaps,
		"get-pods":         getPods,
		"update-pods":      updatePods,
		"list-pods":        list,
		"list-changed":     listChanged,
		"watch-pods":       watch,
		"nodes":            nodes,
		"schedule":         schedule,
	}
	do, isKnown := rows[*row]
	if !isKnown {
		check(fmt.Errorf("no row is called %q", *row))
	}
	check(json.NewEncoder(os.Stdout).Encode(do()))
}
