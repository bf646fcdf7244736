package promloop

import (
	"github.com/prometheus/client_golang/prometheus"
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("asyncgen_"+name, help, append([]string{"loop"}, labels...), nil)
}

var (
	descTasks    = desc("loop_tasks_total", "Tasks that have settled, by outcome.", "outcome")
	descAccepted = desc("loop_accepted_tasks_total", "Tasks that got a place in the queue.")
	descErrors   = desc("loop_spawn_errors_total", "Errors returned by spawned handlers.")
	descQueue    = desc("loop_queue_seconds", "Time from the submission of a task to the start of its handler, of the tasks that are timed.")
	descRun      = desc("loop_run_seconds", "Time that a handler has held the loop role, of the tasks that are timed.")

	descLoops    = desc("loops", "Loops of this name that have not stopped.")
	descQueued   = desc("loop_queue_length", "Tasks in the queue.")
	descHighest  = desc("loop_queue_length_max", "The most tasks that there have been in the queue of one loop.")
	descCapacity = desc("loop_queue_capacity", "Tasks for which the queue has room.")
	descWaiting  = desc("loop_waiting_submitters", "Submitters that wait for room in the queue.")
	descRunning  = desc("loop_running_handlers", "Handlers that have started and not ended, those in Await included.")
	descAwaiting = desc("loop_awaiting_handlers", "Handlers in Await.")
	descLeft     = desc("loop_abandoned_running_handlers", "Handlers whose callers have left and that have not ended.")
)

func describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descTasks, descAccepted, descErrors, descQueue, descRun, descLoops, descQueued, descHighest,
		descCapacity, descWaiting, descRunning, descAwaiting, descLeft,
	} {
		ch <- d
	}
}

// send sends everything under one label.
func (s *sum) send(ch chan<- prometheus.Metric, label string) {
	for i, n := range s.outcomes {
		ch <- prometheus.MustNewConstMetric(descTasks, prometheus.CounterValue, float64(n), label, outcomes[i].String())
	}
	counter := func(d *prometheus.Desc, n int64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), label)
	}
	counter(descAccepted, s.accepted)
	counter(descErrors, s.spawnErrors)
	ch <- prometheus.MustNewConstHistogram(descQueue, s.queue.count, s.queue.sum, s.queue.buckets(), label)
	ch <- prometheus.MustNewConstHistogram(descRun, s.run.count, s.run.sum, s.run.buckets(), label)
	gauge := func(d *prometheus.Desc, n int) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), label)
	}
	gauge(descLoops, s.loops)
	gauge(descQueued, s.queued)
	gauge(descHighest, s.highest)
	gauge(descCapacity, s.capacity)
	gauge(descWaiting, s.waiting)
	gauge(descRunning, s.running)
	gauge(descAwaiting, s.awaiting)
	gauge(descLeft, s.leftRunning)
}
