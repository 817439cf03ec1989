module breakeven/cell

go 1.19

require breakeven/sdk v0.0.0

replace breakeven/sdk => ../../sdk/go
