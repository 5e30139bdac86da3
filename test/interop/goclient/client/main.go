// Command goclient uses a cluster through client-go as controllers do: each argument after the
// kubeconfig names a case, which prints "ok NAME" or "failed NAME: why".
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

type testCase func(ctx context.Context, config *rest.Config) error

var cases = map[string]testCase{
	"typed-informer":   typedInformer,
	"dynamic-informer": dynamicInformer,
	"protobuf":         protobufTypes,
	"watch-list":       watchList,
	"leader-election":  leaderElection,
	"tables":           tables,
	"pages":            pages,
	"apply":            apply,
	"conflicts":        conflicts,
	"manager":          manager,
	"fairness":         fairness,
	"in-cluster":       inCluster,
}

func run(name string, kubeconfig string) error {
	selected, known := cases[name]
	if !known {
		return fmt.Errorf("there is no such case")
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 1000, 1000
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return selected(ctx, config)
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: goclient KUBECONFIG CASE")
		os.Exit(2)
	}
	if err := run(os.Args[2], os.Args[1]); err != nil {
		fmt.Printf("failed %s: %v\n", os.Args[2], err)
		os.Exit(1)
	}
	fmt.Printf("ok %s\n", os.Args[2])
}
