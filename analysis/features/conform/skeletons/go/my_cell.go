// A cell in Go: change myPool to what you want to measure.
package main

import (
	"sync"

	"breakeven/sdk"
)

func main() {
	sdk.Cell(map[string]sdk.Maker{
		"my_pool":   func(request *sdk.Request) sdk.Pool { return &myPool{request: request} },
		"my_serial": sdk.NewSerial,
	})
}

// myPool has request.Workers goroutines, which take tasks from a channel.
type myPool struct {
	request *sdk.Request
	work    chan func()
	workers sync.WaitGroup
}

func (p *myPool) Open() error {
	p.work = make(chan func(), p.request.Workers)
	for i := 0; i < p.request.Workers; i++ {
		p.workers.Add(1)
		go func() {
			defer p.workers.Done()
			for do := range p.work {
				do()
			}
		}()
	}
	return nil
}

// Run makes all outputs, in the order of the inputs. Chunk 0 is the pool's own choice.
func (p *myPool) Run(inputs [][]byte) ([][]byte, error) {
	chunk, outputs := p.request.Chunk, make([][]byte, len(inputs))
	if chunk == 0 {
		chunk = 1
	}
	var waiting sync.WaitGroup
	for first := 0; first < len(inputs); first += chunk {
		from, to := first, first+chunk
		if to > len(inputs) {
			to = len(inputs)
		}
		waiting.Add(1)
		p.work <- func() {
			for task := from; task < to; task++ {
				outputs[task] = p.request.Task(inputs[task])
			}
			waiting.Done()
		}
	}
	waiting.Wait()
	return outputs, nil
}

func (p *myPool) Close() error {
	close(p.work)
	p.workers.Wait()
	return nil
}
