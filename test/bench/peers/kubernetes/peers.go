//go:build peers

// Package peers names the programs of Kubernetes that the bench compares with, so that the lock file
// pins what they are built of. Nothing of it is compiled here.
package peers

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver/app"
	_ "k8s.io/kubernetes/cmd/kube-scheduler/app"
)
