// Command cadvisor is the stand-in for cAdvisor's official image where it cannot
// be had: the same library, published by Prometheus' text format alone, with the
// official program's flags and without its pages and storage drivers.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/google/cadvisor/cache/memory"
	"github.com/google/cadvisor/container"
	_ "github.com/google/cadvisor/container/docker/install" // containers of Docker
	v2 "github.com/google/cadvisor/info/v2"
	"github.com/google/cadvisor/manager"
	"github.com/google/cadvisor/metrics"
	"github.com/google/cadvisor/utils/sysfs"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"k8s.io/utils/clock"
)

// keep is how long the last measurements of a container are held.
const keep = 2 * time.Minute

var (
	port            = flag.Int("port", 8080, "port to listen")
	storeLabels     = flag.Bool("store_container_labels", true, "make every label and environment variable of a container a label of its metrics")
	whitelist       = flag.String("whitelisted_container_labels", "", "comma separated list of container labels to keep where store_container_labels is false")
	enabledMetrics  = container.MetricSet{}
	_               = flag.Bool("logtostderr", true, "taken, as the official image gives it; the log goes to stderr anyway")
	shutdownTimeout = 5 * time.Second
)

func main() {
	flag.Var(&enabledMetrics, "enable_metrics", "comma separated list of metrics to collect; default: all")
	flag.Parse()
	if err := run(); err != nil {
		log.Fatalf("cadvisor (stand-in): %v", err)
	}
}

// run serves until SIGTERM or SIGINT.
func run() error {
	included := container.AllMetrics
	if len(enabledMetrics) > 0 {
		included = enabledMetrics
	}
	// As the official program has it without flags: the library reads the first prefix unasked.
	none := []string{""}
	containers, err := manager.New(memory.New(keep, nil), sysfs.NewRealSysFs(), manager.HousekeepingConfigFlags, included, &http.Client{}, none, none, "", 0)
	if err != nil {
		return fmt.Errorf("cannot read this host's containers: %w", err)
	}
	if err := containers.Start(); err != nil {
		return fmt.Errorf("cannot follow this host's containers: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registryOf(containers, included), promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	server := &http.Server{Addr: fmt.Sprintf(":%d", *port), Handler: mux, ReadHeaderTimeout: 10 * time.Second}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		closing, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
		defer cancel()
		return errors.Join(server.Shutdown(closing), containers.Stop())
	}
}

// registryOf publishes every container of the host.
func registryOf(containers manager.Manager, included container.MetricSet) *prometheus.Registry {
	labels := metrics.ContainerLabelsFunc(metrics.DefaultContainerLabels)
	if !*storeLabels {
		labels = metrics.BaseContainerLabels(strings.Split(*whitelist, ","))
	}
	options := v2.RequestOptions{IdType: v2.TypeName, Count: 1, Recursive: true}
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		metrics.NewPrometheusCollector(containers, labels, included, clock.RealClock{}, options),
		metrics.NewPrometheusMachineCollector(containers, included),
	)
	return registry
}
