package main

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	appsv1 "k8s.io/client-go/applyconfigurations/apps/v1"
	autoscalingv1 "k8s.io/client-go/applyconfigurations/autoscaling/v1"
	corev1 "k8s.io/client-go/applyconfigurations/core/v1"
	applymeta "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

func web(image string) *appsv1.DeploymentApplyConfiguration {
	labels := map[string]string{"app": "applied"}
	pod := corev1.PodSpec().WithContainers(corev1.Container().WithName("c").WithImage(image))
	return appsv1.Deployment("applied", "default").WithSpec(appsv1.DeploymentSpec().
		WithSelector(applymeta.LabelSelector().WithMatchLabels(labels)).
		WithTemplate(corev1.PodTemplateSpec().WithLabels(labels).WithSpec(pod)))
}

// apply writes through apply configurations, as controllers with fields of their own do.
func apply(ctx context.Context, config *rest.Config) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	deployments := client.AppsV1().Deployments("default")
	defer deployments.Delete(context.Background(), "applied", metav1.DeleteOptions{})
	first, second := metav1.ApplyOptions{FieldManager: "one"}, metav1.ApplyOptions{FieldManager: "two"}
	// Of a kind that no controller writes meanwhile.
	maps := client.CoreV1().ConfigMaps("default")
	defer maps.Delete(context.Background(), "applied", metav1.DeleteOptions{})
	data := corev1.ConfigMap("applied", "default").WithData(map[string]string{"a": "b"})
	made, err := maps.Apply(ctx, data, first)
	if err != nil {
		return err
	}
	again, err := maps.Apply(ctx, data, first)
	if err != nil || again.ResourceVersion != made.ResourceVersion {
		return fmt.Errorf("an apply that changes nothing: %v", err)
	}
	if _, err := deployments.Apply(ctx, web("a"), first); err != nil {
		return err
	}
	if _, err := deployments.Apply(ctx, web("b"), second); !apierrors.IsConflict(err) {
		return fmt.Errorf("what another manager has: %v", err)
	}
	if !apierrors.HasStatusCause(err, metav1.CauseTypeFieldManagerConflict) && err != nil {
		return err
	}
	second.Force = true
	if _, err := deployments.Apply(ctx, web("b"), second); err != nil {
		return err
	}
	scale := autoscalingv1.Scale().WithName("applied").
		WithSpec(autoscalingv1.ScaleSpec().WithReplicas(3))
	scaled, err := deployments.ApplyScale(ctx, "applied", scale, second)
	if err != nil || scaled.Spec.Replicas != 3 {
		return fmt.Errorf("a scale: %v", err)
	}
	live, err := deployments.Get(ctx, "applied", metav1.GetOptions{})
	if err != nil {
		return err
	}
	extracted, err := appsv1.ExtractDeployment(live, "two")
	if err != nil {
		return err
	}
	containers := extracted.Spec.Template.Spec.Containers
	if len(containers) != 1 || *containers[0].Image != "b" || extracted.Spec.Replicas != nil {
		return fmt.Errorf("extracted is %v", extracted)
	}
	status := appsv1.Deployment("applied", "default").WithStatus(appsv1.DeploymentStatus().
		WithConditions(appsv1.DeploymentCondition().WithType("Seen").WithStatus("True")))
	if _, err := deployments.ApplyStatus(ctx, status, first); err != nil {
		return err
	}
	seen, err := deployments.Get(ctx, "applied", metav1.GetOptions{})
	if err != nil {
		return err
	}
	own, err := appsv1.ExtractDeploymentStatus(seen, "one")
	if err != nil || own.Status == nil || len(own.Status.Conditions) != 1 {
		return fmt.Errorf("extracted status is %v: %v", own, err)
	}
	return nil
}
