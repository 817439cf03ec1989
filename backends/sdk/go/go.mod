module breakeven/sdk

go 1.19
