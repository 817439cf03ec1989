// Go's ways to use several cores: goroutines that take tasks from a channel, and a goroutine for each task.
package main

import (
	"sync"

	"breakeven/sdk"
)

func main() {
	sdk.Cell(map[string]sdk.Maker{"go_serial": sdk.NewSerial, "go_channel": newChannel, "go_goroutines": newGoroutines})
}

// part is a chunk of neighbouring tasks.
type part struct{ first, last int }

func chunkOf(request *sdk.Request, tasks int) int {
	switch {
	case request.Dispatch == "submit":
		return 1
	case request.Chunk > 0:
		return request.Chunk
	case tasks > 4*request.Workers:
		return tasks / (4 * request.Workers)
	}
	return 1
}

// job is one run, which all workers share.
type job struct {
	task            sdk.Task
	inputs, outputs [][]byte
	waiting         sync.WaitGroup
}

func newJob(request *sdk.Request, inputs [][]byte) *job {
	return &job{task: request.Task, inputs: inputs, outputs: make([][]byte, len(inputs))}
}

func (j *job) do(p part) {
	for task := p.first; task < p.last; task++ {
		j.outputs[task] = j.task(j.inputs[task])
	}
	j.waiting.Done()
}

func (j *job) parts(chunk int, give func(part)) {
	for first := 0; first < len(j.inputs); first += chunk {
		last := first + chunk
		if last > len(j.inputs) {
			last = len(j.inputs)
		}
		j.waiting.Add(1)
		give(part{first, last})
	}
	j.waiting.Wait()
}

// channel is the pool that every tour of Go shows: workers that receive from one channel.
type channel struct {
	request *sdk.Request
	work    chan func()
	workers sync.WaitGroup
}

func newChannel(request *sdk.Request) sdk.Pool { return &channel{request: request} }

func (c *channel) Open() error {
	c.work = make(chan func(), c.request.Workers)
	for i := 0; i < c.request.Workers; i++ {
		c.workers.Add(1)
		go func() {
			defer c.workers.Done()
			for do := range c.work {
				do()
			}
		}()
	}
	return nil
}

func (c *channel) Run(inputs [][]byte) ([][]byte, error) {
	j := newJob(c.request, inputs)
	j.parts(chunkOf(c.request, len(inputs)), func(p part) { c.work <- func() { j.do(p) } })
	return j.outputs, nil
}

func (c *channel) Close() error {
	close(c.work)
	c.workers.Wait()
	return nil
}

// goroutines makes one for each task or chunk; as many run at a time as there are workers.
type goroutines struct {
	request *sdk.Request
	free    chan struct{}
}

func newGoroutines(request *sdk.Request) sdk.Pool {
	return &goroutines{request: request, free: make(chan struct{}, request.Workers)}
}

func (g *goroutines) Open() error { return nil }

func (g *goroutines) Run(inputs [][]byte) ([][]byte, error) {
	j := newJob(g.request, inputs)
	j.parts(chunkOf(g.request, len(inputs)), func(p part) {
		go func() {
			g.free <- struct{}{}
			j.do(p)
			<-g.free
		}()
	})
	return j.outputs, nil
}

func (g *goroutines) Close() error { return nil }
