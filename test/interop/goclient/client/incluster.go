package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// inCluster runs in a pod: with its account's token it reaches the API server, and with no more
// than Go's own resolver the Service web, by their names.
func inCluster(ctx context.Context, config *rest.Config) error {
	config.Host = "https://kubernetes.default.svc"
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	service, err := clients.CoreV1().Services("default").Get(ctx, "web", metav1.GetOptions{})
	if err != nil {
		return err
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, "web.default.svc.cluster.local")
	if err != nil {
		return err
	}
	if len(addresses) != 1 || addresses[0] != service.Spec.ClusterIP {
		return fmt.Errorf("web is %v, and its Service says %s", addresses, service.Spec.ClusterIP)
	}
	names, err := net.DefaultResolver.LookupAddr(ctx, service.Spec.ClusterIP)
	if err != nil || len(names) != 1 || names[0] != "web.default.svc.cluster.local." {
		return fmt.Errorf("%s is %v: %w", service.Spec.ClusterIP, names, err)
	}
	_, ports, err := net.DefaultResolver.LookupSRV(ctx, "https", "tcp", "kubernetes.default.svc")
	if err != nil || len(ports) != 1 || ports[0].Port != 443 {
		return fmt.Errorf("the API server's port is %v: %w", ports, err)
	}
	return readPage(ctx, "http://web/cgi-bin/who")
}

func readPage(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil || !strings.Contains(string(page), " sees ") {
		return fmt.Errorf("%s answers %q: %w", url, page, err)
	}
	return nil
}
